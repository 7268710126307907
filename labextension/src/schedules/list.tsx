import React, { type PropsWithChildren, useLayoutEffect, useRef } from 'react';

interface IListProps {
  label: string;
  /** The item that had the focus is gone, and there is none left. */
  onEmpty: () => void;
}

/** Items that change places and go. What has the focus keeps it; of an item that is gone, the one at its place has it then. */
export function List({ label, onEmpty, children }: PropsWithChildren<IListProps>): JSX.Element {
  const list = useRef<HTMLUListElement>(null);
  const focused = focusIn(list.current);
  const place = focused ? [...(list.current?.children ?? [])].findIndex(each => each.contains(focused)) : -1;
  useLayoutEffect(() => {
    if (focused && (document.activeElement ?? document.body) === document.body) {
      const items = list.current?.children ?? [];
      const next = focused.isConnected ? focused : items[Math.min(place, items.length - 1)]?.querySelector('button');
      next?.focus();
    }
  });
  useLayoutEffect(() => () => void (focusIn(list.current) && onEmpty()), [onEmpty]);
  return (
    <ul className="jp-runt-items" aria-label={label} ref={list}>
      {children}
    </ul>
  );
}

function focusIn(list: HTMLElement | null): HTMLElement | null {
  const { activeElement } = document;
  return activeElement instanceof HTMLElement && list?.contains(activeElement) ? activeElement : null;
}
