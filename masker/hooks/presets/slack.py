"""A message to a channel of Slack, or of what takes Slack's webhooks."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from masker.hooks.event import Event
from masker.hooks.http import send
from masker.hooks.presets.preset import Preset, value_of
from masker.model import FromEnvironment


class Slack(Preset):
    """A message that people read."""

    url: str | FromEnvironment = Field(description="The incoming webhook's URL, a secret.")
    locale: Literal["en", "ja"] = Field(default="en", description="The language of the message.")

    def send(self, event: Event) -> None:
        lines = _japanese(event) if self.locale == "ja" else _english(event)
        send("slack", "POST", value_of(self.url), body={"text": "\n".join(_plain(line) for line in lines if line)})


def _english(event: Event) -> list[str]:
    done = event.figures
    match event.stage:
        case "published" if event.exit_code:
            return [
                f":warning: {event.target} is a new preview, and not proved (exit {event.exit_code}): its gate is shut",
                f"run {event.run}",
            ]
        case "published":
            buckets = f" · {done.buckets} bucket{'s' if done.buckets != 1 else ''}" if done.buckets else ""
            return [
                (
                    f":white_check_mark: {event.target} is a new preview: {done.rows:,} rows, {done.columns}"
                    f" columns masked,"
                    f" {done.checks} checks passed{buckets}, {_took(done.seconds, 'min', 's')}"
                ),
                f"run {event.run}",
            ]
        case "failed":
            return [
                f":x: {event.target} was not refreshed (exit {event.exit_code}): {event.error or 'no reason is known'}",
                event.left or "",
                f"run {event.run}",
            ]
        case "before":
            return [f":hourglass: {event.target} is being refreshed, run {event.run}"]
        case "restored":
            return [f":mag: {event.target} is filled and proved, and about to be published, run {event.run}"]


def _japanese(event: Event) -> list[str]:
    done = event.figures
    match event.stage:
        case "published" if event.exit_code:
            return [
                f":warning: {event.target} を更新しましたが、検証していません (exit {event.exit_code})",
                f"run {event.run}",
            ]
        case "published":
            buckets = f"・バケット {done.buckets} 個" if done.buckets else ""
            return [
                (
                    f":white_check_mark: {event.target} を更新しました: {done.rows:,} 行・{done.columns} 列をマスク・"
                    f"検査 {done.checks} 件すべて合格{buckets}・{_took(done.seconds, '分', '秒')}"
                ),
                f"run {event.run}",
            ]
        case "failed":
            return [
                f":x: {event.target} の更新に失敗しました (exit {event.exit_code}): {event.error or '理由は不明です'}",
                f"現在の状態: {event.left}" if event.left else "",
                f"run {event.run}",
            ]
        case "before":
            return [f":hourglass: {event.target} の更新を始めます (run {event.run})"]
        case "restored":
            return [f":mag: {event.target} の内容を検証しました。まもなく公開します (run {event.run})"]


def _took(seconds: float, minutes_word: str, seconds_word: str) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} {minutes_word} {rest} {seconds_word}" if minutes else f"{rest} {seconds_word}"


def _plain(text: str) -> str:
    """*text* without what Slack would take for a link or a mention."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
