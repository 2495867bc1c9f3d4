// The mapping language: which mapping applies, who wins, what is refused.
#include "vedette/normalize/mapping.hpp"

#include <gtest/gtest.h>

#include "mapping_harness.hpp"

namespace vedette::normalize {
namespace {

Fields mapped(std::string_view yaml, const Given& given) {
  const Loaded loaded = load_mapping(yaml);
  for (const auto& diagnostic : loaded.diagnostics) ADD_FAILURE() << diagnostic.to_string();
  return map_row(*loaded.set, given).fields;
}

TEST(Mapping, CopiesAndKeepsTheOriginal) {
  const Fields fields = mapped(R"(
mapping: a
when: {kind: x}
fields: {who: user.name}
)",
                               {{"kind", text("X")}, {"who", text("alice")}});
  EXPECT_EQ(fields.at("who"), "\"alice\"");
  EXPECT_EQ(fields.at("user.name"), "\"alice\"");
}

TEST(Mapping, AppliesOnlyWhereWhenHolds) {
  constexpr std::string_view kYaml = R"(
mapping: a
when:
  - {kind: [x, y], exists: [who]}
  - {other: 7}
set: {event.action: seen}
)";
  EXPECT_EQ(mapped(kYaml, {{"kind", text("y")}, {"who", text("a")}}).count("event.action"), 1u);
  EXPECT_EQ(mapped(kYaml, {{"kind", text("y")}}).count("event.action"), 0u);
  EXPECT_EQ(mapped(kYaml, {{"kind", text("z")}, {"who", text("a")}}).count("event.action"), 0u);
  EXPECT_EQ(mapped(kYaml, {{"other", model::Value::integer(7)}}).count("event.action"), 1u);
  EXPECT_EQ(mapped(kYaml, {{"other", text("70")}}).count("event.action"), 0u);
  EXPECT_EQ(mapped(kYaml, {}).count("event.action"), 0u);
}

TEST(Mapping, ExistsAloneSelects) {
  constexpr std::string_view kYaml = "mapping: a\nwhen: {exists: [p, q]}\nset: {event.action: seen}\n";
  EXPECT_EQ(mapped(kYaml, {{"p", text("")}, {"q", text("")}}).count("event.action"), 1u);
  EXPECT_EQ(mapped(kYaml, {{"p", text("")}}).count("event.action"), 0u);
}

TEST(Mapping, AListPassesByAnyElement) {
  const model::Value items[] = {text("a"), text("b")};
  EXPECT_EQ(
      mapped("mapping: a\nwhen: {k: B}\nset: {event.action: seen}\n", {{"k", model::Value::list(items)}})
          .count("event.action"),
      1u);
}

TEST(Mapping, TheMoreSpecificPartWins) {
  constexpr std::string_view kYaml = R"(
mapping: a
when: {kind: x}
set: {event.action: fallback, event.outcome: unknown}
fields:
  first: user.name
  second: user.name
  act: event.action
cases:
  code:
    "1, 2":
      set: {event.action: one-or-two}
      cases:
        code:
          "2": {set: {event.action: two}}
    Del*: {set: {event.action: deleted}}
    Delta: {set: {event.action: delta}}
    Delete*: {set: {event.action: deleted-exactly}}
    default: {set: {event.outcome: other}}
)";
  const auto act = [&](const char* code) {
    return mapped(kYaml, {{"kind", text("x")}, {"code", text(code)}}).at("event.action");
  };
  EXPECT_EQ(act("1"), "\"one-or-two\"");
  EXPECT_EQ(act("2"), "\"two\"");
  EXPECT_EQ(act("delta"), "\"delta\"");
  EXPECT_EQ(act("DeleteUser"), "\"deleted-exactly\"");
  EXPECT_EQ(act("Delay"), "\"deleted\"");
  EXPECT_EQ(act("3"), "\"fallback\"");
  const Fields none = mapped(kYaml, {{"kind", text("x")}, {"act", text("given")}, {"second", text("s")}});
  EXPECT_EQ(none.at("event.action"), "\"given\"");
  EXPECT_EQ(none.at("event.outcome"), "\"other\"");
  EXPECT_EQ(none.at("user.name"), "\"s\"");
  const Fields both = mapped(kYaml, {{"second", text("s")}, {"first", text("f")}, {"kind", text("x")}});
  EXPECT_EQ(both.at("user.name"), "\"f\"") << "the order of the file decides, not that of the event";
}

TEST(Mapping, NeverChangesWhatTheSourceSent) {
  const Fields fields = mapped("mapping: a\nwhen: {k: x}\nfields: {who: user.name}\n",
                               {{"k", text("x")}, {"user.name", text("original")}, {"who", text("mapped")}});
  EXPECT_EQ(fields.at("user.name"), "\"original\"");
}

TEST(Mapping, ConvertsToTheTypeOfTheTarget) {
  const Fields fields = mapped(R"(
mapping: a
when: {k: x}
fields:
  pid: process.pid
  port: source.port
  ip: source.ip
  bad_ip: host.ip
  cat: event.category
  score: vulnerability.score.base
  tty: process.interactive
  at: event.start
  code: event.action
)",
                               {{"k", text("x")},
                                {"pid", text("0x1F4")},
                                {"port", text("http")},
                                {"ip", text("::ffff:192.0.2.7")},
                                {"bad_ip", text("LOCAL")},
                                {"cat", text("process")},
                                {"score", text("7.5")},
                                {"tty", text("Yes")},
                                {"at", text("1700000000")},
                                {"code", model::Value::integer(42)}});
  EXPECT_EQ(fields.at("process.pid"), "500");
  EXPECT_EQ(fields.count("source.port"), 0u);
  EXPECT_EQ(fields.at("source.ip"), "\"192.0.2.7\"");
  EXPECT_EQ(fields.count("host.ip"), 0u);
  EXPECT_EQ(fields.at("event.category"), "[\"process\"]");
  EXPECT_EQ(fields.at("vulnerability.score.base"), "7.5");
  EXPECT_EQ(fields.at("process.interactive"), "true");
  EXPECT_EQ(fields.at("event.start"), "\"2023-11-14T22:13:20.000Z\"");
  EXPECT_EQ(fields.at("event.action"), "\"42\"");
}

TEST(Mapping, DropsWhatMeansNothing) {
  constexpr std::string_view kYaml = "mapping: a\nwhen: {k: x}\nnone: [N/A]\nfields: {who: user.name}\n";
  for (const char* nothing : {"", "-", "n/a"}) {
    EXPECT_EQ(mapped(kYaml, {{"k", text("x")}, {"who", text(nothing)}}).count("user.name"), 0u) << nothing;
  }
  EXPECT_EQ(mapped(kYaml, {{"k", text("x")}, {"who", model::Value::null()}}).count("user.name"), 0u);
}

TEST(Mapping, SetsTheTimeUnlessThereIsOne) {
  const Loaded loaded = load_mapping("mapping: a\nwhen: {k: x}\nfields: {t: \"@timestamp\"}\n");
  const Given given = {{"k", text("x")}, {"t", text("2026-03-01T00:00:01Z")}};
  EXPECT_EQ(map_row(*loaded.set, given).time, 1'772'323'201'000'000'000);
  EXPECT_EQ(map_row(*loaded.set, given, 5).time, 5);
}

TEST(Mapping, BuildsTextsFromSeveralFields) {
  constexpr std::string_view kYaml =
      "mapping: a\nwhen: {k: x}\nbuild: {url.full: [\"http://{host}:{port}{uri}\", "
      "\"http://{host}{uri}\"]}\n";
  const Given some = {{"k", text("x")}, {"host", text("h")}, {"uri", text("/a")}};
  EXPECT_EQ(mapped(kYaml, some).at("url.full"), "\"http://h/a\"");
  Given all = some;
  all.emplace_back("port", model::Value::integer(80));
  EXPECT_EQ(mapped(kYaml, all).at("url.full"), "\"http://h:80/a\"");
  EXPECT_EQ(mapped(kYaml, {{"k", text("x")}, {"host", text("h")}}).count("url.full"), 0u);
}

TEST(Mapping, CollectsRelatedValuesOnce) {
  const Fields fields =
      mapped("mapping: a\nwhen: {k: x}\nfields: {s: source.ip, u: user.name, v: user.target.name}\n",
             {{"k", text("x")}, {"s", text("192.0.2.1")}, {"u", text("bob")}, {"v", text("bob")}});
  EXPECT_EQ(fields.at("related.ip"), "[\"192.0.2.1\"]");
  EXPECT_EQ(fields.at("related.user"), "[\"bob\"]");
  const Fields unmapped = mapped("mapping: a\nwhen: {k: x}\nset: {event.action: a}\n",
                                 {{"host.ip", text("192.0.2.9")}, {"user.name", text("-")}});
  EXPECT_EQ(unmapped.at("related.ip"), "[\"192.0.2.9\"]") << "events without a mapping, too";
  EXPECT_EQ(unmapped.count("related.user"), 0u);
}

TEST(Mapping, ARepeatedFieldIsAList) {
  const Fields fields = mapped("mapping: a\nwhen: {k: x}\nfields: {r: user.roles}\n",
                               {{"k", text("x")}, {"r", text("a")}, {"r", text("b")}});
  EXPECT_EQ(fields.at("user.roles"), "[\"a\",\"b\"]");
}

TEST(Mapping, SeveralMappingsApplyInOrder) {
  const Fields fields = mapped(R"(
mapping: a
when: {k: x}
set: {event.action: first}
---
mapping: b
when: {j: y}
set: {event.action: second, event.outcome: success}
)",
                               {{"j", text("y")}, {"k", text("x")}});
  EXPECT_EQ(fields.at("event.action"), "\"first\"");
  EXPECT_EQ(fields.at("event.outcome"), "\"success\"");
}

struct Refused {
  const char* yaml;
  const char* code;
  std::uint32_t line;
  const char* help;  // part of it
};

TEST(Mapping, ErrorsNameTheirPlaceAndTheNearestName) {
  const Refused refused[] = {
      {"mapping: a\nwhen: {k: x}\nfelds: {a: user.name}\n", "unknown-key", 3, "fields"},
      {"mapping: a\nwhen: {k: x}\nfields: {a: user.nmae}\n", "unknown-target", 3, "user.name"},
      {"mapping: a\nwhen: {k: x}\nfields:\n  a: {to: user.name, as: lowwer}\n", "unknown-conversion", 4,
       "lower"},
      {"mapping: a\nwhen: {k: x}\nfields:\n  a: {to: user, as: hashes}\n", "unknown-target", 4, ""},
      {"mapping: a\nwhen: {k: x}\nfields:\n  a: {to: user.name, capture: '('}\n", "bad-regex", 4, ""},
      {"mapping: a\nwhen: {k: x}\nfields:\n  a: {to: user.name, capture: 'x'}\n", "bad-regex", 4, ""},
      {"mapping: a\nwhen: {k: x}\nfields:\n  a: {as: lower}\n", "missing-key", 4, "to"},
      {"mapping: a\nset: {user.name: x}\n", "missing-key", 1, "when"},
      {"when: {k: x}\n", "missing-key", 1, "mapping"},
      {"mapping: a\nwhen: {}\n", "bad-value", 2, ""},
      {"mapping: a\nwhen: {k: x}\nset: {process.pid: many}\n", "bad-value", 3, ""},
      {"mapping: a\nwhen: {k: x}\n---\nmapping: a\nwhen: {k: x}\n", "duplicate-mapping", 4, ""},
      {"mapping: a\nwhen: {k: x}\ncases:\n  c:\n    \"1, 1\": {}\n", "bad-value", 5, ""},
      {"mapping: a\nwhen: {k: x}\nbuild: {user.name: plain}\n", "bad-value", 3, ""},
      {"mapping: a\nwhen: {k: x}\nfields:\n  a: {as: [hashes, lower], to: process.hash}\n", "bad-value", 4,
       ""},
  };
  for (const Refused& one : refused) {
    const Loaded loaded = load_mapping(one.yaml);
    ASSERT_FALSE(loaded.diagnostics.empty()) << one.yaml;
    const base::Diagnostic& found = loaded.diagnostics.front();
    EXPECT_EQ(found.code, one.code) << one.yaml << found.to_string();
    EXPECT_EQ(found.span.line, one.line) << one.yaml << found.to_string();
    EXPECT_GT(found.span.column, 0u);
    EXPECT_EQ(found.file, "test.yml");
    EXPECT_NE(found.help.find(one.help), std::string::npos) << one.yaml << found.to_string();
  }
}

TEST(Mapping, ABadMappingLeavesTheOthers) {
  const Loaded loaded = load_mapping("mapping: a\nwhen: {k: x}\nbad: 1\n---\nmapping: b\nwhen: {k: x}\n");
  EXPECT_EQ(loaded.set->size(), 1u);
  EXPECT_EQ(loaded.diagnostics.size(), 1u);
}

TEST(Mapping, DeepNestingIsRefused) {
  std::string yaml = "mapping: a\nwhen: {k: x}\n";
  std::string indent;
  for (int i = 0; i < 10; ++i) {
    yaml += indent + "cases:\n" + indent + "  c:\n" + indent + "    v:\n";
    indent += "      ";
  }
  yaml += indent + "set: {user.name: x}\n";
  const Loaded loaded = load_mapping(yaml);
  ASSERT_FALSE(loaded.diagnostics.empty());
  EXPECT_EQ(loaded.diagnostics.front().code, "limit");
}

TEST(Mapping, TheShippedMappingsAreWithoutError) {
  const Loaded loaded = load_shipped();
  for (const auto& diagnostic : loaded.diagnostics) ADD_FAILURE() << diagnostic.to_string();
  ASSERT_NE(loaded.set, nullptr);
  EXPECT_GT(loaded.set->size(), 30u);
}

}  // namespace
}  // namespace vedette::normalize
