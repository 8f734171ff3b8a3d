"""All documents of a judgement, by file name."""

from __future__ import annotations

from perfgate.records.judgement import Judgement
from perfgate.report.comment import render_comment
from perfgate.report.junit import junit_xml
from perfgate.report.page import render_page
from perfgate.report.tables import csv_files, to_json


def documents(judgement: Judgement) -> dict[str, str]:
    return {
        "judgement.json": to_json(judgement),
        "comment.md": render_comment(judgement),
        "report.html": render_page(judgement),
        "junit.xml": junit_xml(judgement),
        **csv_files(judgement),
    }
