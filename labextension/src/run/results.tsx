import { MimeModel } from '@jupyterlab/rendermime';
import type { PartialJSONObject } from '@lumino/coreutils';
import { Widget } from '@lumino/widgets';
import React, { useEffect, useLayoutEffect, useRef, useState } from 'react';

import type { RequestError } from '../api/server';
import type { components } from '../generated/server';
import { CellLink } from './sections';
import type { RunView } from './view';

type Result = components['schemas']['Result'];

/** How many are open from the start. */
const OPEN_FIRST = 3;

/** The values that the notebook recorded under names, each as it displays itself. */
export function Results({ view }: { view: RunView }): JSX.Element {
  const [results, setResults] = useState<readonly Result[] | null>(null);
  const [fault, setFault] = useState('');
  const { server, runId } = view.feed;
  useEffect(() => {
    let isWanted = true;
    server.json<{ results: Result[] }>(['runs', runId, 'results']).then(
      found => isWanted && (setResults(found.results), setFault('')),
      (error: RequestError) => isWanted && setFault(error.message)
    );
    return () => {
      isWanted = false;
    };
  }, [view.resultsSeq]);
  return (
    <>
      {fault && <p className="jp-runt-run-outcome jp-runt-mod-fault">{fault}</p>}
      {results?.map((each, index) => (
        <OneResult
          key={`${each.name} ${each.seq} ${view.trusted}`}
          view={view}
          result={each}
          isOpen={index < OPEN_FIRST}
        />
      ))}
    </>
  );
}

function OneResult({ view, result, isOpen }: { view: RunView; result: Result; isOpen: boolean }): JSX.Element {
  const [wanted, setWanted] = useState(isOpen);
  return (
    <details
      className="jp-runt-run-result"
      open={isOpen}
      onToggle={event => setWanted(wanted || event.currentTarget.open)}
    >
      <summary>
        <strong>{result.name}</strong> {result.cell_id && <CellLink view={view} cell={result.cell_id} />}
      </summary>
      {wanted && <Rendered view={view} name={result.name} />}
    </details>
  );
}

/** One result through rendermime, as an output of the run is. */
function Rendered({ view, name }: { view: RunView; name: string }): JSX.Element {
  const host = useRef<HTMLDivElement>(null);
  const [fault, setFault] = useState('');
  // Lumino has to take its widget away before React takes the element that holds it.
  useLayoutEffect(() => {
    let shown: Widget | null = null;
    let isWanted = true;
    const show = async (): Promise<void> => {
      const { server, runId } = view.feed;
      const found = await server.json<{ data: PartialJSONObject; metadata: PartialJSONObject }>([
        'runs',
        runId,
        'results',
        name
      ]);
      const data = readable(found.data);
      const model = new MimeModel({ data, metadata: found.metadata, trusted: view.trusted });
      const mimeType = view.rendermime?.preferredMimeType(data, view.trusted ? 'any' : 'ensure');
      if (!isWanted || !host.current) {
        return;
      }
      if (!mimeType || !view.rendermime) {
        setFault(view.trans.__('It is of a kind that cannot be shown here: %1', Object.keys(data).join(', ')));
        return;
      }
      const renderer = view.rendermime.createRenderer(mimeType);
      shown = renderer;
      Widget.attach(renderer, host.current);
      await renderer.renderModel(model);
    };
    show().catch((error: Error) => isWanted && setFault(error.message));
    return () => {
      isWanted = false;
      shown?.dispose();
    };
  }, []);
  return (
    <div className="jp-runt-run-value" ref={host}>
      {fault && <p className="jp-runt-run-outcome jp-runt-mod-fault">{fault}</p>}
    </div>
  );
}

/** A number or a text as itself: the tree that JupyterLab draws of JSON is for what has branches. */
function readable(data: PartialJSONObject): PartialJSONObject {
  const value = data['application/json'];
  const isLeaf = value !== undefined && (value === null || typeof value !== 'object');
  return isLeaf ? { 'text/plain': typeof value === 'string' ? value : JSON.stringify(value) } : data;
}
