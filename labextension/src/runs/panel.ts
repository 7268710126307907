import { SidePanel, caretDownIcon } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import { AccordionPanel, type Title, type Widget } from '@lumino/widgets';

import type { Runs } from '../live/runs';
import { QUEUE, WORKERS } from '../sections/sections';
import { RunsBody } from './body';
import { RunsHeader } from './header';
import { runsIcon } from './icons';
import type { IRunListProps } from './list';

/** Titles of sections as buttons: on a heading, what Lumino makes, `aria-expanded` says nothing. */
class Renderer extends AccordionPanel.Renderer {
  override createCollapseIcon(): HTMLElement {
    const icon = document.createElement('div');
    caretDownIcon.element({ container: icon });
    return icon;
  }

  override createSectionTitle(data: Title<Widget>): HTMLElement {
    const heading = super.createSectionTitle(data);
    heading.classList.add('jp-AccordionPanel-title'); // JupyterLab's looks
    const button = document.createElement('div');
    button.setAttribute('role', 'button');
    for (const { name, value } of heading.attributes) {
      button.setAttribute(name, value);
    }
    button.append(...heading.childNodes);
    return button;
  }
}

const SIDE_BAR = 'jp-runt-side-bar';

/** The side bar: the runs, and below them sections that are closed at first. */
export class RunsPanel extends SidePanel {
  constructor(options: Omit<IRunListProps, 'ticker'>, sections: readonly Widget[]) {
    super({ renderer: new Renderer() });
    const { trans, view, canStart, onStart } = options;
    this.id = SIDE_BAR;
    this.addClass('jp-runt-panel');
    this.title.icon = runsIcon;
    this.title.caption = trans.__('Runs');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Runs'));
    this._body = new RunsBody(options);
    this._body.title.label = trans.__('Runs');
    this._top = new RunsHeader({ trans, view, canStart, onStart, onDown: () => this._body.focusRow() });
    this.header.addWidget(this._top);
    [this._body, ...sections].forEach(each => this._addSection(each));
    this._accordion.expansionToggled.connect(() => this._share());
    view.runs.changed.connect(runs => this._count(runs));
  }

  /** The focus goes to the box that finds runs. */
  focusFilter(): void {
    this._top.focusFilter();
  }

  /** The focus goes to this run's row, or to the first one. */
  focusRow(runId?: string): void {
    this._body.focusRow(runId);
  }

  /** What does not come from the server is not as it was: a run can be started now. */
  redraw(): void {
    this._top.update();
    this._body.update();
  }

  /** By their names, the sections that are open. */
  get openSections(): string[] {
    return this.widgets.filter(each => !each.isHidden).map(each => each.id);
  }

  set openSections(names: readonly string[]) {
    this.widgets.forEach((each, index) =>
      names.includes(each.id) ? this._accordion.expand(index) : this._accordion.collapse(index)
    );
  }

  /** Opens this section, and gives it the focus. */
  showSection(name: string): void {
    const index = this.widgets.findIndex(each => each.id === name);
    this._accordion.expand(index);
    this.widgets[index]?.activate();
  }

  get sectionToggled(): AccordionPanel['expansionToggled'] {
    return this._accordion.expansionToggled;
  }

  protected override onActivateRequest(msg: Message): void {
    super.onActivateRequest(msg);
    this.focusFilter();
  }

  private _addSection(widget: Widget): void {
    widget.node.setAttribute('role', 'region');
    this.addWidget(widget);
    if (widget !== this._body) {
      widget.node.tabIndex = 0; // to scroll it by the keyboard, where nothing in it takes the focus
      this._accordion.collapse(this.widgets.length - 1);
    }
  }

  /** A section that was just opened would get a line's height. */
  private _share(): void {
    this._accordion.setRelativeSizes(this.widgets.map(each => (each.isHidden ? 0 : each === this._body ? 2 : 1)));
  }

  /** Beside the names of closed sections, too. A title whose text changes is made anew, and loses the focus. */
  private _count({ counts, workers }: Runs): void {
    const found: Record<string, number | undefined> = { [QUEUE]: counts.queued, [WORKERS]: workers.length };
    this.widgets.forEach((each, index) => {
      const count = found[each.id] ? String(found[each.id]) : '';
      const title = this._accordion.titles[index];
      if (title && (title.dataset.runtCount ?? '') !== count) {
        title.dataset.runtCount = count;
      }
    });
  }

  private get _accordion(): AccordionPanel {
    return this.content as AccordionPanel;
  }

  private readonly _body: RunsBody;
  private readonly _top: RunsHeader;
}
