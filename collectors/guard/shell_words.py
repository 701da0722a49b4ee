"""Which commands would a shell run for this text? A small, strict reader of shell: what is unknown
is refused."""

from __future__ import annotations

import re

from collectors.model.grammar import Script, Unclear

_SEPARATORS = frozenset(";|&\n()")
_RESERVED = frozenset(
    ["if", "then", "else", "elif", "fi", "while", "until", "do", "done", "!", "{", "}", "time"]
)
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")


def read(text: str) -> Script:
    """All commands in the text, also those inside `$(...)`, `sh -c '...'`, loops and functions.
    Raises Unclear."""
    script = Script()
    _Reader(text, script, 0).run()
    return script


class _Reader:
    """Reads one level of text; nested levels get a reader of their own."""

    def __init__(self, text: str, script: Script, depth: int) -> None:
        if depth > 8:
            raise Unclear("it is nested too deeply")
        self.text, self.script, self.depth = text, script, depth
        self.at = 0
        self.words: list[str] = []
        self.word: str | None = None
        self.plain = True  # nothing in the word was quoted

    def run(self) -> None:
        while self.at < len(self.text):
            self.step(self.text[self.at])
        self.end_command()

    def step(self, char: str) -> None:
        if char in " \t":
            self.end_word()
            self.at += 1
        elif char in _SEPARATORS:
            self.separator(char)
        elif char == "'":
            self.add(self.until("'", self.at + 1), quoted=True)
        elif char == '"':
            self.double_quoted()
        elif char == "$":
            self.add(self.dollar())
        elif char in "<>":
            self.redirect()
        elif char in "`\\":
            raise Unclear(f"it holds {char!r} outside of quotes")
        elif char == "#" and self.word is None:
            raise Unclear("it holds a comment")
        elif char in "{}~" and not self.stands_alone(char):
            raise Unclear(f"it holds {char!r}, which a shell may replace by other words")
        else:
            self.add(char)
            self.at += 1

    def stands_alone(self, char: str) -> bool:
        """Is it the brace of a group, and no part of a word?"""
        after = self.text[self.at + 1 : self.at + 2]
        return char != "~" and self.word is None and (after in _SEPARATORS or after in ("", " "))

    def add(self, text: str, *, quoted: bool = False) -> None:
        self.word = (self.word or "") + text
        self.plain = self.plain and not quoted

    def end_word(self) -> None:
        if self.word is None:
            return
        first = not self.words
        if first and self.plain and (self.word in _RESERVED or _ASSIGNMENT.match(self.word)):
            self.word, self.plain = None, True
            return
        self.words.append(self.word)
        self.word, self.plain = None, True

    def separator(self, char: str) -> None:
        if char == "(" and self.text.startswith("()", self.at) and self.word and not self.words:
            self.script.functions.add(self.word)
            self.word, self.at = None, self.at + 2
            return
        self.end_command()
        self.at += 1

    def end_command(self) -> None:
        self.end_word()
        words, self.words = tuple(self.words), []
        if words and words[0] != "for":
            self.command(words)

    def command(self, words: tuple[str, ...]) -> None:
        self.script.commands.append(words)
        for at in range(len(words) - 2):
            if words[at] in ("sh", "bash") and words[at + 1] == "-c":
                _Reader(words[at + 2], self.script, self.depth + 1).run()

    def until(self, mark: str, start: int) -> str:
        end = self.text.find(mark, start)
        if end < 0:
            raise Unclear(f"a {mark} is never closed")
        self.at = end + 1
        return self.text[start:end]

    def double_quoted(self) -> None:
        self.at += 1
        self.add("", quoted=True)
        while self.at < len(self.text) and self.text[self.at] != '"':
            char = self.text[self.at]
            if char == "`":
                raise Unclear("it holds a ` in quotes")
            if char == "$":
                self.add(self.dollar(), quoted=True)
            elif char == "\\":
                self.add(self.text[self.at : self.at + 2], quoted=True)
                self.at += 2
            else:
                self.add(char, quoted=True)
                self.at += 1
        if self.at >= len(self.text):
            raise Unclear('a " is never closed')
        self.at += 1

    def dollar(self) -> str:
        """`$name`, `${...}`, `$((...))` say nothing of their own; what is in `$(...)` is run."""
        text, at = self.text, self.at
        if text.startswith("$((", at):
            inner = self.balanced(at + 1)
            if re.search(r"[`$](?!\w)|\$\(", inner):
                raise Unclear("it computes with the output of a command")
            return "$N"
        if text.startswith("$(", at):
            _Reader(self.balanced(at + 1)[1:-1], self.script, self.depth + 1).run()
            return "$C"
        found = re.compile(r"\$(\{\w+(?:[#%]{1,2}[^}`$]*)?\}|\w+|[?$*@#!-])?").match(text, at)
        assert found is not None
        if text.startswith("${", at) and not found[1]:
            raise Unclear("it holds a ${} that is not understood")
        self.at = found.end()
        return found.group()

    def balanced(self, start: int) -> str:
        """From an opening parenthesis to the one that closes it, quotes respected."""
        depth, quote, at = 0, "", start
        while at < len(self.text):
            char = self.text[at]
            if quote:
                quote = "" if char == quote else quote
            elif char in "\"'":
                quote = char
            depth += (char == "(" and not quote) - (char == ")" and not quote)
            at += 1
            if depth == 0:
                self.at = at
                return self.text[start:at]
        raise Unclear("a ( is never closed")

    def redirect(self) -> None:
        found = re.compile(r"(?:<>|>>|>&|<&|<<?<?|>\|?)\s*(\S*?)(?=[\s;|&()]|$)").match(
            self.text, self.at
        )
        assert found is not None
        if found.group().startswith("<<"):
            raise Unclear("it holds a here-document")
        if self.word is not None and self.plain and self.word.isdigit():
            self.word = None
        self.end_word()
        self.script.files.append(found[1])
        self.at = found.end()
