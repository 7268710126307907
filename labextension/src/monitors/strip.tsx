import type { TranslationBundle } from '@jupyterlab/translation';
import React, { memo, useCallback, useLayoutEffect, useRef, useState } from 'react';

import { type HealthPoint, type HealthStatus, keysOf } from './model';
import { pointWords } from './words';

const CELL_CLASS = 'jp-runt-strip-cell';

interface IStripProps {
  label: string;
  /** The oldest first. */
  points: readonly HealthPoint[];
  trans: TranslationBundle;
  onOpen: (runId: string) => void;
}

/** A cell for each report, the newest at the right: one stop of Tab, at first the newest one; arrows, Home and End lead to the others. */
export function Strip({ label, points, trans, onOpen }: IStripProps): JSX.Element {
  const strip = useRef<HTMLDivElement>(null);
  const [last, setLast] = useState<string | null>(null);
  const keys = keysOf(points);
  const current = last !== null && keys.includes(last) ? last : keys[keys.length - 1];
  const hadFocus = useRef(false);
  hadFocus.current = strip.current?.contains(document.activeElement) ?? false;
  useLayoutEffect(() => {
    // A report that is one too many, or whose run was removed, took the focus with it.
    if (hadFocus.current && (document.activeElement ?? document.body) === document.body) {
      strip.current?.querySelector<HTMLElement>(`.${CELL_CLASS}[tabindex="0"]`)?.focus();
    }
  });
  const onClick = useCallback(
    (event: React.MouseEvent): void => {
      const runId = cellOf(event)?.dataset.runId;
      if (runId) {
        onOpen(runId);
      }
    },
    [onOpen]
  );
  const onFocus = useCallback((event: React.FocusEvent): void => setLast(cellOf(event)?.dataset.key ?? null), []);
  return (
    <div
      className="jp-runt-strip"
      role="toolbar"
      aria-label={label}
      ref={strip}
      onClick={onClick}
      onFocus={onFocus}
      onKeyDown={onKeyDown}
    >
      {points.map(({ at, status, score, run_id }, index) => (
        <Cell
          key={keys[index]}
          name={keys[index]}
          runId={run_id}
          at={at}
          status={status}
          score={score}
          isCurrent={keys[index] === current}
          trans={trans}
        />
      ))}
    </div>
  );
}

interface ICellProps {
  name: string;
  runId: string;
  at: string;
  status: HealthStatus;
  score: number | null;
  /** The one that Tab leads to. */
  isCurrent: boolean;
  trans: TranslationBundle;
}

const Cell = memo(function Cell({ name, runId, isCurrent, trans, ...point }: ICellProps): JSX.Element {
  const words = pointWords(point, trans);
  return (
    <button
      type="button"
      className={CELL_CLASS}
      data-key={name}
      data-run-id={runId}
      data-status={point.status}
      tabIndex={isCurrent ? 0 : -1}
      title={words}
      aria-label={words}
    />
  );
});

const cellOf = (event: React.SyntheticEvent): HTMLElement | null =>
  (event.target as Element).closest<HTMLElement>(`.${CELL_CLASS}`);

function onKeyDown(event: React.KeyboardEvent): void {
  const cell = event.altKey || event.ctrlKey || event.metaKey || event.shiftKey ? null : cellOf(event);
  const next = cell && nextOf(cell, event.key);
  if (next) {
    (next as HTMLElement).focus();
    event.preventDefault();
    event.stopPropagation();
  }
}

function nextOf(cell: HTMLElement, key: string): Element | null | undefined {
  switch (key) {
    case 'ArrowLeft':
      return cell.previousElementSibling;
    case 'ArrowRight':
      return cell.nextElementSibling;
    case 'Home':
      return cell.parentElement?.firstElementChild;
    case 'End':
      return cell.parentElement?.lastElementChild;
    default:
      return null;
  }
}
