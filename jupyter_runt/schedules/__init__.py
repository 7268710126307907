"""When a notebook is due, and what is made of that. Pure: no clock and no store; only the rules of time zones are read.

    cron, tz ─────────────► calendar.Calendar       the instants at which it is due, over every change of the clock
                                 │
    what to run, policies ► definition.Definition   a schedule as it is kept: JSON, checked
                                 │
    next_at, now, running ► plan.plan               ─► what fires, what is passed over and why, and when to look again

The worker asks for a plan at `next_at`, writes it down in one transaction and starts what fires.
"""
