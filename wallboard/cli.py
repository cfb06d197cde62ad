"""The commands: the wall itself, `setup`, `check`, `report`, `render`, `alarms`, `rules` and `demo-server`."""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from wallboard import __version__, logs, running
from wallboard import argument_types as typed

if TYPE_CHECKING:
    from wallboard.alarm_history import KeptAlarms
    from wallboard.configuration.options import Configuration, Feed
    from wallboard.core.situation import Settings
    from wallboard.feed.poller import TokenOf

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

OK, LACKS, BAD_USAGE, NO_DATA = 0, 1, 2, 3
"""Exit statuses; 2 is argparse's own, and 1 says of `self-test` that a part of the program cannot be opened."""

JSON_ENCODING = "utf-8"
"""Between programs, whatever the system's code page (RFC 8259, 8.1)."""

MOST_CENTRES = 200
"""Of a demo: as many as a configuration has feeds."""

MOST_ENTRIES = 100_000
"""Of the alarm log, in a terminal: a file takes any number of them."""

MOST_POLLS = 100
"""Of `check`: as many as the diagnostics remember."""

DEMO_DEFAULTS = {"scenario": ["bengkalis"], "speed": 1.0, "seed": 0, "centres": 1, "start": None}

SCENARIO_HELP = "bengkalis (default), storm, quiet, or: records FOLDER"


def main(arguments: Sequence[str] | None = None) -> int:
    running.announce()
    options = _parsed(arguments)
    logs.set_up(to_file=options.command is None)
    try:
        status: int = options.act(options)
    except BrokenPipeError:
        # Whoever read the output has had enough; nothing more can be said to them, not even at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = OK
    return status


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.act in (_wall, _render, _report) and not options.demo:
        for name, default in DEMO_DEFAULTS.items():
            if getattr(options, name) != default:
                parser.error(f"--{name} is for a simulated centre: it needs --demo")
    return options


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="wallboard", description="The wall of an emergency-call centre.")
    parser.add_argument("--version", action="version", version=f"Wallboard {__version__}")
    parser.set_defaults(act=_wall, command=None)
    parser.set_defaults(**DEMO_DEFAULTS)
    parser.add_argument("--config", type=Path, metavar="FILE", help="the configuration, if not the user's own")
    parser.add_argument(
        "--role",
        choices=("wall", "supervisor"),
        default="wall",
        help="where the configuration does not say whether to fill the screen: a wall does, and is the default",
    )
    parser.add_argument("--demo", action="store_true", help="show a simulated centre, on a server of its own")
    _add_demo_options(parser, argparse.SUPPRESS)
    _add_language(parser)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")

    setup = commands.add_parser("setup", help="ask for address, token and screen, and write the configuration")
    setup.add_argument("--config", type=Path, default=argparse.SUPPRESS, metavar="FILE", help="the file to write")
    _add_language(setup, argparse.SUPPRESS)
    setup.set_defaults(act=_setup)

    check = commands.add_parser("check", help="poll and print what the panels would show")
    # What stands before the command holds for it: where a command's own option is not given, it sets nothing.
    own = argparse.SUPPRESS
    check.add_argument("--config", type=Path, default=own, metavar="FILE", help="the configuration to read")
    form = check.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="as JSON, for programs (docs/check-json.md)")
    form.add_argument(
        "--explain", action="store_true", help="where each field comes from, and what lacks (docs/mappings.md)"
    )
    check.add_argument(
        "--polls",
        type=typed.whole(MOST_POLLS, "polls"),
        default=1,
        metavar="N",
        help="how often to poll, for latency and failures; 1",
    )
    check.add_argument("--feed", metavar="ID", help="the feed to poll, if not every one")
    check.set_defaults(act=_check)

    render = commands.add_parser("render", help="draw a page as a PNG, without a screen")
    source = render.add_mutually_exclusive_group()
    source.add_argument("--config", type=Path, default=own, metavar="FILE", help="the configuration to read")
    source.add_argument("--demo", action="store_true", default=own, help="draw a simulated centre")
    render.add_argument("--size", type=typed.size, default=(1920, 1080), metavar="WxH", help="in pixels; 1920x1080")
    render.add_argument("--out", type=Path, required=True, metavar="FILE", help="the PNG to write")
    render.add_argument(
        "--after", type=typed.seconds, default=0.0, metavar="SECONDS", help="wait this long after the data"
    )
    render.add_argument("--page", metavar="NAME", help="the page to draw, if not the first")
    _add_demo_options(render, own)
    _add_language(render, own)
    render.set_defaults(act=_render)

    _add_report(commands, own)
    _add_alarms(commands, own)
    _add_rules(commands, own)

    server = commands.add_parser("demo-server", help="simulate a centre's dispatch API on this machine")
    server.add_argument("--port", type=int, default=0, metavar="N", help="0, the default, takes a free one")
    _add_demo_options(server, own)
    server.add_argument("--until-stdin-closes", action="store_true", help="end with whoever holds its standard input")
    server.set_defaults(act=_demo_server)

    # Without help, it is in no list: for the build, and for a technician who is told of it.
    commands.add_parser("self-test").set_defaults(act=_self_test)
    return parser


def _add_report(commands: Commands, own: str) -> None:
    report = commands.add_parser("report", help="the figures of a day, a month or a year, to hand on (docs/report.md)")
    report.add_argument(
        "period",
        nargs="?",
        default="yesterday",
        metavar="PERIOD",
        help="by the centre's calendar: yesterday, which is the default, today, last-week, last-month, a day as "
        "2026-11-26, a week as 2026-W48, a month as 2026-11, a year as 2026, or 2026-11-01/2026-11-15",
    )
    source = report.add_mutually_exclusive_group()
    source.add_argument("--config", type=Path, default=own, metavar="FILE", help="the configuration to read")
    source.add_argument("--demo", action="store_true", default=own, help="report on a simulated centre")
    report.add_argument("--feed", metavar="ID", help="the feed to report on, if not every one")
    form = report.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="as JSON, for programs")
    form.add_argument(
        "--out",
        type=typed.report_file,
        metavar="FILE",
        help="to a file: .html for a browser and for paper, .csv for a spreadsheet; {period} in its name becomes the "
        "days, as in report-{period}.html",
    )
    _add_demo_options(report, own)
    _add_language(report, own)
    report.set_defaults(act=_report)


def _add_alarms(commands: Commands, own: str) -> None:
    alarms = commands.add_parser("alarms", help="what the alarm log holds (docs/alarm-log.md)")
    acts = alarms.add_subparsers(dest="act_on_alarms", metavar="ACT", required=True)
    listing = acts.add_parser("list", help="print the last entries, the newest first")
    listing.add_argument(
        "--most", type=typed.whole(MOST_ENTRIES, "entries"), default=50, metavar="N", help="how many; 50"
    )
    export = acts.add_parser("export", help="write entries as CSV, the oldest first")
    export.add_argument("--out", type=Path, required=True, metavar="FILE", help="the CSV to write")
    for parser, act in ((listing, _list_alarms), (export, _export_alarms)):
        source = parser.add_mutually_exclusive_group()
        source.add_argument("--config", type=Path, default=own, metavar="FILE", help="the configuration to read")
        source.add_argument("--log", type=Path, metavar="FILE", help="the log itself, as one that was set aside")
        parser.add_argument("--from", dest="begins", type=typed.moment, metavar="TIME", help="RFC 3339, or a day")
        parser.add_argument(
            "--to", dest="ends", type=typed.moment, metavar="TIME", help="RFC 3339, or a day; not included"
        )
        parser.add_argument("--feed", metavar="ID", help="of this feed alone")
        _add_language(parser)
        parser.set_defaults(act=act)


def _add_rules(commands: Commands, own: str) -> None:
    rules = commands.add_parser("rules", help="try alarm rules on a recorded history (docs/alarms.md)")
    acts = rules.add_subparsers(dest="act_on_rules", metavar="ACT", required=True)
    backtest = acts.add_parser("backtest", help="what rules would have told, and what other limits would")
    source = backtest.add_mutually_exclusive_group()
    source.add_argument("--rules", type=Path, metavar="FILE", help="rules alone: [rules], [metrics] and [usual]")
    source.add_argument("--config", type=Path, default=own, metavar="FILE", help="the rules of a configuration")
    backtest.add_argument(
        "--feed",
        metavar="ID",
        help="as they hold at this centre; else of a configuration at the first, of a file of rules at any",
    )
    backtest.add_argument(
        "--from", dest="begins", type=typed.moment, required=True, metavar="TIME", help="RFC 3339, or a day"
    )
    backtest.add_argument("--to", dest="ends", type=typed.moment, required=True, metavar="TIME", help="not included")
    backtest.add_argument("--scenario", nargs="+", default=own, metavar="NAME", help=SCENARIO_HELP)
    backtest.add_argument("--seed", type=int, default=own, metavar="N", help="another number, another course; 0")
    backtest.add_argument(
        "--limit",
        type=typed.limit,
        action="append",
        metavar="RULE=LIMIT",
        help="try this warning limit alone, the critical one in proportion; may be given several times",
    )
    backtest.add_argument("--json", action="store_true", help="as JSON, for programs")
    _add_language(backtest)
    backtest.set_defaults(act=_backtest)


def _add_demo_options(parser: argparse.ArgumentParser, default: str) -> None:
    group = parser.add_argument_group("the simulated centre")
    group.add_argument("--scenario", nargs="+", default=default, metavar="NAME", help=SCENARIO_HELP)
    group.add_argument(
        "--speed", type=typed.speed, default=default, metavar="X", help="simulated seconds to a real one; 1"
    )
    group.add_argument("--seed", type=int, default=default, metavar="N", help="another number, another course; 0")
    group.add_argument(
        "--centres",
        type=typed.whole(MOST_CENTRES, "centres"),
        default=default,
        metavar="N",
        help="how many centres there are; 1",
    )
    group.add_argument("--start", type=typed.instant, default=default, metavar="TIME", help="RFC 3339; now")


def _add_language(parser: argparse.ArgumentParser, default: str | None = None) -> None:
    parser.add_argument(
        "--language",
        choices=("id", "en"),
        default=default,
        help="Indonesian or English, whatever the configuration says",
    )


# The commands. What a command does not need, it does not import: each starts in its own time.


def _wall(options: argparse.Namespace) -> int:
    if _is_first_start(options) and _has_window():
        return _setup(options)
    with _source(options) as (configuration, token_of):
        if configuration is None:
            return BAD_USAGE
        if not _has_screen():
            _say("There is no screen here. A picture of the wall: wallboard render --demo --out wall.png", error=True)
            return BAD_USAGE
        # Before Qt: PySide reads the source of every module that is imported after it.
        import wallboard.feed.poller  # noqa: F401
        from wallboard import app

        return app.run(_in_role(configuration, options.role), token_of, demo=options.demo)


def _setup(options: argparse.Namespace) -> int:
    """Asks, writes the configuration, and opens what was chosen."""
    from wallboard.configuration import locations

    if not _has_window():
        _say(locations.explain_missing(), error=True)
        return BAD_USAGE
    target = options.config or locations.user_path()
    there = target if target.exists() else locations.find()
    from wallboard.setup import wizard

    ending, language = wizard.run(target, there, options.language)
    if ending is wizard.Ending.CANCELLED:
        return OK
    if ending is wizard.Ending.DEMO:
        options.demo = True
    else:
        options.config = target
    options.language = language.value
    return _wall(options)


def _check(options: argparse.Namespace) -> int:
    configuration = _configured(options.config)
    if configuration is None:
        return BAD_USAGE
    from wallboard.language import Words

    feeds = _feeds_named(configuration, options.feed, "check")
    if not feeds:
        return BAD_USAGE
    if options.explain:
        from wallboard import explain

        explained = explain.explain(feeds)
        _say(explain.as_text(explained, Words(configuration.language)))
        return OK if any(one.failure is None for _, one in explained) else NO_DATA
    from wallboard.check import polling

    polled = polling.poll(configuration, feeds, polls=options.polls)
    if options.json:
        from wallboard.check import figures
        from wallboard.configuration import locations
        from wallboard.history.reader import LogReader
        from wallboard.history.recall import WallLog

        alarms = configuration.alarms
        path = locations.alarm_log_path(alarms.log)
        log = WallLog(LogReader(path), alarms.position, frozenset(feed.id for feed in configuration.feed))
        _say(figures.as_json(polled, log if path.is_file() else None).decode(), encoding=JSON_ENCODING)
    else:
        from wallboard.check import table

        _say(table.as_table(polled, Words(configuration.language)))
    return OK if any(situation.failure is None for situation, _ in polled) else NO_DATA


def _report(options: argparse.Namespace) -> int:
    with _source(options) as (configuration, token_of):
        if configuration is None:
            return BAD_USAGE
        feeds = _feeds_named(configuration, options.feed, "report")
        if not feeds:
            return BAD_USAGE
        from wallboard.report.making import made
        from wallboard.report.period import PeriodError

        try:
            report = made(configuration, feeds, options.period, token_of)
            if options.json:
                _say(report.as_json(), encoding=JSON_ENCODING)
            elif options.out is None:
                _say(report.as_text())
            elif report.tells_something:
                _say(report.written(options.out))
                for failure in report.failures():
                    _say(failure, error=True)
            else:
                _say(report.unwritten(), error=True)
        except BrokenPipeError:  # no fault of the report's
            raise
        except (PeriodError, OSError) as error:
            _say(f"report: {error}", error=True)
            return BAD_USAGE
        return OK if report.tells_something else NO_DATA


def _render(options: argparse.Namespace) -> int:
    with _source(options) as (configuration, token_of):
        if configuration is None:
            return BAD_USAGE
        from wallboard.core.situation import FeedState
        from wallboard.render import render

        try:
            state = render(
                configuration, options.size, options.out, after_s=options.after, page=options.page, token_of=token_of
            )
        except (ValueError, OSError) as error:
            _say(str(error), error=True)
            return BAD_USAGE
        return OK if state is FeedState.LIVE else NO_DATA


def _list_alarms(options: argparse.Namespace) -> int:
    return _on_alarms(options, lambda kept: kept.listed(options.most))


def _export_alarms(options: argparse.Namespace) -> int:
    return _on_alarms(options, lambda kept: kept.exported(options.out))


def _on_alarms(options: argparse.Namespace, act: Callable[[KeptAlarms], str]) -> int:
    from wallboard.alarm_history import KeptAlarms
    from wallboard.configuration import locations
    from wallboard.history.entries import Selection
    from wallboard.language import Language, Words

    language, path = options.language or Language.INDONESIAN, options.log
    if path is None:
        configuration = _in_language(_configured(options.config), options.language)
        if configuration is None:
            return BAD_USAGE
        language, path = configuration.language, locations.alarm_log_path(configuration.alarms.log)
    chosen = Selection(feed_id=options.feed, begins=options.begins, ends=options.ends)
    try:
        _say(act(KeptAlarms(path, chosen, Words(Language(language)))))
    except ValueError as error:
        _say(str(error), error=True)
        return NO_DATA
    except BrokenPipeError:
        raise
    except OSError as error:
        _say(f"alarms: {error}", error=True)
        return BAD_USAGE
    return OK


def _backtest(options: argparse.Namespace) -> int:
    from wallboard import backtest, backtest_report
    from wallboard.feed.contract import ContractError
    from wallboard.language import Language, Words

    name, *folder = options.scenario
    settings, language = _rules_to_try(options)
    if settings is None:
        return BAD_USAGE
    tried: dict[str, list[float]] = {}
    for rule, limit in options.limit or ():
        tried.setdefault(rule, []).append(limit)
    try:
        told, zone = backtest.replay(
            settings,
            options.begins,
            options.ends,
            scenario=name,
            folder=Path(*folder) if folder else None,
            seed=options.seed,
            limits=tried if options.limit else None,
        )
    except (ValueError, OSError, OverflowError, ContractError) as error:
        _say(f"rules backtest: {error}", error=True)
        return BAD_USAGE
    words = Words(Language(options.language or language))
    if options.json:
        _say(backtest_report.as_json(told), encoding=JSON_ENCODING)
    else:
        _say(backtest_report.as_table(told, words, zone))
    return OK


def _rules_to_try(options: argparse.Namespace) -> tuple[Settings | None, str]:
    """With the language to tell it in; None once it was said why there are none. Without a file, the demo's."""
    from msgspec.structs import replace

    from wallboard.configuration.load import FileErrors, load_rules
    from wallboard.configuration.options import Configuration, Feed

    if options.config is None:
        standing = _demo_configuration(("http://127.0.0.1/",), options.scenario[0])
        if options.rules is None:
            return standing.settings(standing.feed[0]), standing.language
        try:
            read = load_rules(options.rules)
        except FileErrors as errors:
            _say(str(errors), error=True)
            return None, ""
        usual = read.usual if read.usual.calls_per_hour else standing.usual
        of_any = read.rule if options.feed else tuple([replace(rule, feeds=()) for rule in read.rule])
        made = Configuration(
            feed=(Feed(id=options.feed or "demo", url=standing.feed[0].url),),
            rules=read.rules,
            rule=of_any,
            metrics=read.metrics,
            usual=usual,
        )
        return made.settings(made.feed[0]), made.language
    configuration = _configured(options.config)
    if configuration is None:
        return None, ""
    feeds = _feeds_named(configuration, options.feed, "rules backtest")
    return (configuration.settings(feeds[0]), configuration.language) if feeds else (None, "")


def _demo_server(options: argparse.Namespace) -> int:
    from wallboard.demo import riau, scenarios, server

    name, *folder = options.scenario
    if folder and options.centres > 1:
        _say("demo-server: the records are of one centre: --centres is for the other scenarios", error=True)
        return BAD_USAGE
    try:
        world, *others = (
            scenarios.build(
                name,
                seed=options.seed + index,
                speed=options.speed,
                start=options.start,
                folder=Path(*folder) if folder else None,
                centre=centre,
            )
            for index, centre in enumerate(riau.centres(options.centres))
        )
        server.run(world, port=options.port, others=others, until_stdin_closes=options.until_stdin_closes)
    except (ValueError, OSError, OverflowError) as error:
        _say(f"demo-server: {error}", error=True)
        return BAD_USAGE
    return OK


def _self_test(_: argparse.Namespace) -> int:
    from wallboard import selftest

    findings = selftest.run()
    _say(selftest.as_table(findings))
    return OK if all(one.good for one in findings) else LACKS


# What they share


@contextlib.contextmanager
def _source(options: argparse.Namespace) -> Iterator[tuple[Configuration | None, TokenOf]]:
    """The configuration that the options ask for, with its tokens; None once it was said why there is none."""
    from wallboard.feed import credentials

    if not options.demo:
        yield _in_language(_configured(options.config), options.language), credentials.token
        return
    from wallboard.demo.process import DemoProcess

    arguments = ["--scenario", *options.scenario, "--speed", str(options.speed), "--seed", str(options.seed)]
    if options.start is not None:
        arguments += ["--start", options.start.isoformat()]
    demo = DemoProcess(arguments, centres=options.centres)
    try:
        try:
            demo.start()
        except RuntimeError as error:
            _say(str(error), error=True)
            yield None, credentials.token
            return
        language = options.language or _installed_language()
        yield _in_language(_demo_configuration(demo.urls, options.scenario[0]), language), lambda _: demo.token
    finally:
        demo.stop()


def _demo_configuration(urls: Sequence[str], scenario: str) -> Configuration:
    from wallboard.configuration.options import Configuration, Feed, Usual, Wall
    from wallboard.demo import riau
    from wallboard.demo.rules import RULES
    from wallboard.demo.scenarios import USUAL_CALLS_PER_HOUR
    from wallboard.feed.settings import Auth

    ids = ["demo"] if len(urls) == 1 else [centre.id for centre in riau.centres(len(urls))]
    return Configuration(
        feed=tuple(Feed(id=name, url=url, auth=Auth.BEARER) for name, url in zip(ids, urls, strict=True)),
        wall=Wall(full_screen=False),
        usual=Usual(calls_per_hour=USUAL_CALLS_PER_HOUR.get(scenario, ())),
        rules=RULES,
    )


def _installed_language() -> str | None:
    """As the installer was told, for a demo that has no configuration to tell it."""
    if sys.platform != "win32":
        return None
    from wallboard.setup.installed import first_choices

    return first_choices().language.value


def _in_language(configuration: Configuration | None, language: str | None) -> Configuration | None:
    if configuration is None or language is None:
        return configuration
    from msgspec.structs import replace

    from wallboard.language import Language

    return replace(configuration, language=Language(language))


def _in_role(configuration: Configuration, role: str) -> Configuration:
    """The installer's role; what the configuration says goes before it."""
    if configuration.wall.full_screen is not None:
        return configuration
    from msgspec.structs import replace

    return replace(configuration, wall=replace(configuration.wall, full_screen=role == "wall"))


def _configured(path: Path | None) -> Configuration | None:
    """The configuration; None once everything that is wrong with it was said."""
    from wallboard.configuration import locations
    from wallboard.configuration.load import FileErrors, load

    found = path or locations.find()
    if found is None:
        _say(locations.explain_missing(), error=True)
        return None
    try:
        return load(found)
    except FileErrors as errors:
        _say(str(errors), error=True)
        return None


def _feeds_named(configuration: Configuration, name: str | None, command: str) -> list[Feed]:
    """The one of this id, or every one; none once it was said that there is no such feed."""
    feeds = [feed for feed in configuration.feed if name in (None, feed.id)]
    if not feeds:
        known = ", ".join(feed.id for feed in configuration.feed)
        _say(f"{command}: there is no feed {name!r}; there are: {known}", error=True)
    return feeds


def _say(text: str, *, error: bool = False, encoding: str | None = None) -> None:
    stream = sys.stderr if error else sys.stdout
    if stream is not None:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding=encoding, errors="replace")  # a console of an old code page has no ≤
        print(text, file=stream, flush=True)  # what cannot be written is known now, and not at the very end
    elif error:  # a windowed program has no terminal
        from wallboard.app import explain

        explain(text)


def _is_first_start(options: argparse.Namespace) -> bool:
    from wallboard.configuration import locations

    return options.config is None and not options.demo and locations.find() is None


def _has_window() -> bool:
    """Where a person can answer: a platform of Qt's that only draws is none."""
    return _has_screen() and os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0] not in ("offscreen", "minimal")


def _has_screen() -> bool:
    if sys.platform != "linux" or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
