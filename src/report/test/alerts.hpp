// Alerts for tests.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "vedette/report/scan_report.hpp"

namespace vedette::report::testing {

struct AlertSpec {
  std::shared_ptr<const model::RuleInfo> rule;
  base::TimeNs time = 1'793'696'400 * base::kNsPerSecond;  // 2026-11-03T09:00:00Z
  std::vector<std::pair<std::string, std::string>> fields = {};
  std::vector<model::Match> matches = {};
  std::string path = "Security.evtx", id = "a1";
};

inline std::shared_ptr<model::RuleInfo> make_rule(std::string title, model::Level level,
                                                  std::vector<std::string> tags = {}) {
  auto rule = std::make_shared<model::RuleInfo>();
  rule->id = "id-of-" + title;
  rule->title = std::move(title);
  rule->level = level;
  rule->tags = std::move(tags);
  return rule;
}

inline model::Alert make_alert(const AlertSpec& spec) {
  auto source = std::make_shared<model::Source>();
  source->path = spec.path;
  model::BatchBuilder builder(source);
  builder.begin_row(7);
  builder.set_time(spec.time);
  for (const auto& [name, value] : spec.fields) builder.add_copy(model::intern(name), value);
  builder.end_row();
  model::Alert alert;
  alert.id = spec.id;
  alert.rule = spec.rule;
  alert.batch = builder.finish();
  alert.time = spec.time;
  alert.matches = spec.matches;
  return alert;
}

// Everything an attacker may put into a field: markup, terminal codes, formulas, quotes, line ends, bytes
// that are not UTF-8, characters that turn the direction of text.
inline constexpr std::string_view kHostile =
    "=1+1\"'<script>alert(1)</script>\x1b[31m\r\n\x9b&\xff\xe2\x80\xae,;</details>";

inline model::Alert hostile_alert() {
  const std::string text(kHostile);
  auto rule =
      make_rule("Rule " + text, model::Level::high, {"attack.execution", "attack.t1059.001", "x." + text});
  rule->description = rule->author = rule->license = text;
  rule->references = {"javascript:alert(1)", "https://example.test/" + text};
  rule->false_positives = {text};
  return make_alert({rule,
                     1'793'696'400 * base::kNsPerSecond,
                     {{"host.name", text}, {"user.name", text}, {"source.ip", text}, {text, text}},
                     {{text, text, text, text}, {"CommandLine", text, "contains", "alert(1)"}},
                     "logs/" + text,
                     text});
}

inline std::string written(OutputFormat format, const std::vector<model::Alert>& alerts,
                           const WriterOptions& options = {}) {
  std::string out;
  const auto writer = make_alert_writer(
      format, [&](std::string_view text) { out += text; }, options);
  for (const model::Alert& alert : alerts) writer->write(alert);
  writer->finish();
  return out;
}

}  // namespace vedette::report::testing
