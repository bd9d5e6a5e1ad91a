"""Writes the two forms nobody would type: a long one, and a workbook with numbers, truths and line breaks in its cells."""

import datetime
import pathlib

from openpyxl import Workbook

FORMS = pathlib.Path("fixtures/forms")

# Modules of a household survey: topic in English and Chinese, and whether it is asked of every person.
TOPICS = [
    ("education", "education", "教育", True),
    ("work", "work", "工作", True),
    ("health", "health", "健康", True),
    ("migration", "moving house", "迁移", True),
    ("fertility", "children born", "生育", True),
    ("disability", "difficulties", "障碍", True),
    ("time_use", "use of time", "时间利用", True),
    ("dwelling", "the dwelling", "住房", False),
    ("water", "water", "饮水", False),
    ("energy", "energy", "能源", False),
    ("assets", "belongings", "资产", False),
    ("food", "food", "食品", False),
    ("land", "land", "土地", False),
    ("crops", "crops", "作物", False),
    ("livestock", "animals", "牲畜", False),
    ("income", "income", "收入", False),
    ("transfers", "money sent and received", "转移收入", False),
    ("shocks", "hard times", "冲击", False),
    ("safety", "safety", "安全", False),
]
COLUMNS = [
    "type", "name", "label::English (en)", "label::中文 (zh)", "hint::English (en)", "hint::中文 (zh)", "relevant",
    "required", "constraint", "constraint_message::English (en)", "constraint_message::中文 (zh)", "calculation",
    "repeat_count", "choice_filter", "appearance",
]


def module(topic: str, english: str, chinese: str, person: bool) -> list[dict[str, str]]:
    """Twenty rows on one topic, of all the common types, which lean on one another."""
    of = " of ${full_name}" if person else ""
    owner = "${full_name}的" if person else ""
    name = lambda n: f"{topic}_{n}"
    ref = lambda n: f"${{{name(n)}}}"
    row = lambda kind, n, en, zh, **more: {
        "type": kind, "name": name(n), "label::English (en)": en and f"{en}{of}", "label::中文 (zh)": zh and f"{owner}{zh}", **more,
    }
    rows = [row("begin group", "group", f"On {english}", f"{chinese}情况", appearance="field-list", **({"relevant": "${age} >= 5"} if person else {}))]
    rows.append(row("select_one yes_no", "any", f"Anything to say about {english}", f"{chinese}有无", required="yes"))
    asked = {"relevant": f"{ref('any')} = '1'"}
    rows.append(row("select_one region", "region", "Region", "地区", **asked))
    rows.append(row("select_one district", "district", "District", "县区", choice_filter=f"region = {ref('region')}", **asked))
    rows.append(row("integer", "count", "How many times in a year", "每年次数", constraint=f". >= 0 and . <= {'${age} * 12' if person else '400'}",
                    **{"constraint_message::English (en)": "Too many", "constraint_message::中文 (zh)": "次数过多"}, **asked))
    rows.append(row("decimal", "cost", f"What was paid for {english} each time", f"每次{chinese}支出", constraint=". >= 0", relevant=f"{ref('count')} > 0"))
    rows.append(row("calculate", "total", "", "", calculation=f"coalesce({ref('count')}, 0) * coalesce({ref('cost')}, 0)"))
    rows.append(row("select_multiple sources or_other" if topic == "income" else "select_multiple sources", "sources",
                    "Who paid", "由谁支付", relevant=f"{ref('total')} > 0"))
    rows.append(row("date", "since", "Since when", "始于何时", constraint=". <= ${interview_day}", **asked))
    rows.append(row("select_one agree", "better", "It has become better", "情况改善", appearance="likert", **asked))
    rows.append(row("text", "words", "In your own words", "用自己的话说", appearance="multiline", relevant=f"{ref('better')} > 3"))
    for n in range(1, 9):
        rows.append(row("select_one often", f"item_{n}", f"Point {n} on {english}", f"{chinese}第{n}项",
                        relevant=f"{ref('any')} = '1'" if n == 1 else f"{ref(f'item_{n - 1}')} != '9'",
                        **{"hint::English (en)": f"Read out point {n}", "hint::中文 (zh)": f"读出第{n}项"}))
    rows.append(row("note", "sum", f"Together {ref('total')}", f"共{ref('total')}"))
    rows.append({"type": "end group"})
    return rows


def long_form() -> str:
    """About 400 questions: two rosters, seven modules for each person and twelve for the household."""
    text = lambda kind, name, en, zh, **more: {
        "type": kind, "name": name, "label::English (en)": en, "label::中文 (zh)": zh, **more,
    }
    survey = [
        {"type": "start", "name": "start"}, {"type": "end", "name": "end"}, {"type": "deviceid", "name": "device"},
        text("date", "interview_day", "Day of the interview", "访问日期", required="yes"),
        text("text", "head", "Name of the head", "户主姓名", required="yes"),
        text("integer", "size", "How many people live here?", "本户人数", constraint=". > 0 and . <= 30",
             **{"constraint_message::English (en)": "1 to 30", "constraint_message::中文 (zh)": "1至30人"}),
        text("begin repeat", "person", "Person", "成员", repeat_count="${size}"),
        {"type": "calculate", "name": "line", "calculation": "position(..)"},
        text("text", "full_name", "Name of person ${line} in the household of ${head}", "${head}户第${line}人姓名", required="yes"),
        text("select_one sex", "sex", "Sex of ${full_name}", "${full_name}的性别"),
        text("integer", "age", "Age of ${full_name}", "${full_name}的年龄", constraint=". >= 0 and . < 120"),
    ]
    for topic in TOPICS:
        if topic[3]:
            survey += module(*topic)
    survey += [
        {"type": "end repeat"},
        {"type": "calculate", "name": "adults", "calculation": "count(${person}[${age} >= 18])"},
        {"type": "calculate", "name": "person_costs", "calculation": "sum(${health_total}) + sum(${education_total})"},
        {"type": "calculate", "name": "first_person", "calculation": "indexed-repeat(${full_name}, ${person}, 1)"},
        text("integer", "plots", "How many plots?", "地块数"),
        text("begin repeat", "plot", "Plot", "地块", repeat_count="${plots} + 0"),
        text("decimal", "hectares", "Area in hectares", "面积（公顷）", constraint=". > 0"),
        text("select_one ${full_name}", "worker", "Who works it?", "由谁耕种", choice_filter="${age} > 14"),
        {"type": "end repeat"},
    ]
    for topic in TOPICS:
        if not topic[3]:
            survey += module(*topic)
    survey.append(text("note", "close", "Thank you, ${head}. ${adults} adults, starting with ${first_person}.",
                       "谢谢${head}。成年人${adults}人，首位${first_person}。"))
    choices = [["list_name", "name", "label::English (en)", "label::中文 (zh)", "region"]]
    for name, pairs in {
        "yes_no": [("1", "Yes", "是"), ("2", "No", "否")], "sex": [("1", "Male", "男"), ("2", "Female", "女")],
        "often": [("1", "Always", "总是"), ("2", "Often", "经常"), ("3", "Seldom", "很少"), ("4", "Never", "从不"), ("9", "No answer", "拒答")],
        "agree": [("1", "Not at all", "很不同意"), ("2", "Rather not", "不同意"), ("3", "Neither", "一般"), ("4", "Rather", "同意"), ("5", "Fully", "很同意")],
        "sources": [("self", "The household", "本户"), ("state", "The state", "政府"), ("kin", "Relatives", "亲属")],
        "region": [(str(r), f"Region {r}", f"第{r}区") for r in range(1, 5)],
    }.items():
        choices += [[name, code, en, zh, ""] for code, en, zh in pairs]
    choices += [["district", f"{r}{d}", f"District {r}-{d}", f"第{r}区{d}县", str(r)] for r in range(1, 5) for d in range(1, 9)]
    lines = ["# A long survey of households, with a roster of people and one of plots. Written by scripts/pyxform/make.py."]
    rows = [COLUMNS] + [[row.get(column, "") for column in COLUMNS] for row in survey]
    settings = [["form_title", "form_id", "version", "default_language"], ["Long household survey", "long_household", "1", "English (en)"]]
    for sheet, table in (("survey", rows), ("choices", choices), ("settings", settings)):
        lines.append(f"| {sheet} |")
        lines += ["| | " + " | ".join(cells) + " |" for cells in table]
    return "\n".join(lines) + "\n"


def cells() -> Workbook:
    """Numbers, truths, days, line breaks and odd spaces, as people leave them in cells."""
    book = Workbook()
    survey = book.active
    survey.title = "survey"
    for row in [
        ["type", "name", "label", "hint", "required", "constraint", "calculation", "default", "relevant"],
        ["integer", "children", "How many children?\nCount those away, too.", "Ask\nkindly", True, ". >= 0\nand . < 20", None, 1.0, None],
        ["decimal", "weight", "Weight\u00a0in kg ", None, False, None, None, 2.5, None],
        ["integer", "large", "A large number", None, None, None, None, 123456789, None],
        [None, None, None, None, None, None, None, None, None],
        ["text", "note_text", "Two  spaces,\n\n  and ${children} lines", None, None, None, None, "line one\nline two", True],
        ["note", None, "A note in row 7", None, None, None, None, None, None],
        ["select_one codes", "code", "Code", None, "yes", None, None, 1, None],
        ["calculate", "sum", None, None, None, None, "${children}\n+ ${weight}", None, None],
        ["date", "day", "Day", None, None, None, None, "2026-11-01", None],
    ]:
        survey.append(row)
    choices = book.create_sheet("choices")
    for row in [["list_name", "name", "label", "rank"], ["codes", 1, 100, 1.5], ["codes", 2.0, "Two\nlines", 2], ["codes", "03", "Three", None]]:
        choices.append(row)
    settings = book.create_sheet("settings")
    settings.append(["form_title", "form_id", "version"])
    settings.append(["Cells\nof all kinds", "cells", 20261101.0])
    stamp = datetime.datetime(2026, 11, 1)
    book.properties.created = book.properties.modified = stamp
    return book


if __name__ == "__main__":
    (FORMS / "077-long-household.md").write_text(long_form())
    cells().save(FORMS / "078-cells.xlsx")
