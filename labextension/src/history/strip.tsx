import React, { memo, useCallback, useLayoutEffect, useRef, useState } from 'react';

const CELL_CLASS = 'jp-runt-strip-cell';

/** How points are shown. A point is another one when one of its values is. */
export interface ILooks<Point extends object> {
  /** For each a name that stays its own while others come and go. */
  keysOf: (points: readonly Point[]) => string[];
  /** The run that a click opens; null: there is none. */
  runOf: (point: Point) => string | null;
  /** What its form and its colour are known by. */
  statusOf: (point: Point) => string;
  /** All there is to say. */
  wordsOf: (point: Point) => string;
}

interface IStripProps<Point extends object> {
  label: string;
  /** The oldest first. */
  points: readonly Point[];
  looks: ILooks<Point>;
  onOpen: (runId: string) => void;
}

/** A cell for each point, the newest at the right: one stop of Tab, at first the newest one; arrows, Home and End lead to the others. */
export function Strip<Point extends object>({ label, points, looks, onOpen }: IStripProps<Point>): JSX.Element {
  const strip = useRef<HTMLDivElement>(null);
  const [last, setLast] = useState<string | null>(null);
  const keys = looks.keysOf(points);
  const current = last !== null && keys.includes(last) ? last : keys[keys.length - 1];
  const hadFocus = useRef(false);
  hadFocus.current = strip.current?.contains(document.activeElement) ?? false;
  useLayoutEffect(() => {
    // A point that is one too many, or whose run was removed, took the focus with it.
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
      {points.map((point, index) => (
        <Cell
          key={keys[index]}
          name={keys[index]}
          point={point}
          looks={looks as ILooks<object>}
          isCurrent={keys[index] === current}
        />
      ))}
    </div>
  );
}

interface ICellProps {
  name: string;
  point: object;
  looks: ILooks<object>;
  /** The one that Tab leads to. */
  isCurrent: boolean;
}

/** Words of times take long to make: only of a point that is another one. */
const Cell = memo(
  function Cell({ name, point, looks, isCurrent }: ICellProps): JSX.Element {
    const words = looks.wordsOf(point);
    const runId = looks.runOf(point);
    return (
      <button
        type="button"
        className={CELL_CLASS}
        data-key={name}
        data-run-id={runId ?? undefined}
        data-status={looks.statusOf(point)}
        tabIndex={isCurrent ? 0 : -1}
        aria-disabled={runId === null || undefined}
        title={words}
        aria-label={words}
      />
    );
  },
  ({ point: before, ...others }, { point: after, ...now }) => isAlike(others, now) && isAlike(before, after)
);

function isAlike(one: object, other: object): boolean {
  const values = new Map<string, unknown>(Object.entries(other));
  return Object.entries(one).every(([name, value]) => Object.is(values.get(name), value));
}

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
