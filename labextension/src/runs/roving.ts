import {
  type FocusEvent,
  type KeyboardEvent,
  type RefObject,
  useCallback,
  useLayoutEffect,
  useRef,
  useState
} from 'react';

import { NAME_CLASS, ROW_CLASS } from './row';

interface IRoving {
  /** The one that Tab leads to; null in an empty list. */
  current: string | null;
  /** The one that has the focus, or has it in one of its parts. */
  focused: string | null;
  onKeyDown: (event: KeyboardEvent) => void;
  onFocus: (event: FocusEvent) => void;
  onBlur: (event: FocusEvent) => void;
}

/** One stop of Tab for the whole list: arrows, Home and End lead from row to row, and to the buttons in a row. */
export function useRoving(list: RefObject<HTMLElement>, ids: readonly string[]): IRoving {
  const [last, setLast] = useState<string | null>(null);
  const [focused, setFocused] = useState<string | null>(null);
  const place = useRef(0);
  const hadFocus = useRef(false);
  hadFocus.current = list.current?.contains(document.activeElement) ?? false;
  const known = last !== null ? ids.indexOf(last) : -1;
  if (known >= 0) {
    place.current = known;
  }
  const current = ids[Math.min(place.current, ids.length - 1)] ?? null;

  useLayoutEffect(() => {
    // A row that was moved to another place, or is gone, took the focus with it.
    if (hadFocus.current && current !== null && (document.activeElement ?? document.body) === document.body) {
      nameOf(list.current, current)?.focus();
    }
  });
  const onFocus = useCallback((event: FocusEvent): void => {
    const id = event.target.closest<HTMLElement>(`.${ROW_CLASS}`)?.dataset.runId ?? null;
    setLast(id);
    setFocused(id);
  }, []);
  const onBlur = useCallback((event: FocusEvent): void => {
    if (!list.current?.contains(event.relatedTarget)) {
      setFocused(null);
    }
  }, []);
  const onKeyDown = useCallback((event: KeyboardEvent): void => {
    const next =
      list.current && !hasModifier(event) ? nextOf(list.current, event.target as HTMLElement, event.key) : null;
    if (next !== null) {
      next.focus();
      event.preventDefault();
      event.stopPropagation();
    }
  }, []);
  return { current, focused, onKeyDown, onFocus, onBlur };
}

/** Where a key leads from here; null: nowhere. */
function nextOf(list: HTMLElement, from: HTMLElement, key: string): HTMLElement | null {
  const names = [...list.querySelectorAll<HTMLElement>(`.${NAME_CLASS}`)];
  const row = from.closest<HTMLElement>(`.${ROW_CLASS}`);
  const here = names.findIndex(name => row?.contains(name));
  const parts = row ? [...row.querySelectorAll<HTMLElement>('button')] : [];
  switch (key) {
    case 'ArrowDown':
      return names[here + 1] ?? null;
    case 'ArrowUp':
      return names[here - 1] ?? null;
    case 'Home':
      return names[0] ?? null;
    case 'End':
      return names[names.length - 1] ?? null;
    case 'ArrowRight':
      return parts[parts.indexOf(from) + 1] ?? null;
    case 'ArrowLeft':
      return parts[parts.indexOf(from) - 1] ?? null;
    default:
      return null;
  }
}

export function nameOf(list: HTMLElement | null, runId: string): HTMLElement | null {
  return list?.querySelector<HTMLElement>(`[data-run-id="${CSS.escape(runId)}"] .${NAME_CLASS}`) ?? null;
}

const hasModifier = (event: KeyboardEvent): boolean => event.altKey || event.ctrlKey || event.metaKey || event.shiftKey;
