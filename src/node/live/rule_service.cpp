#include "live/rule_service.hpp"

#include <algorithm>
#include <atomic>
#include <limits>

#include <fmt/format.h>

#include "live/clock.hpp"
#include "vedette/base/files.hpp"
#include "vedette/base/text.hpp"
#include "vedette/node/content.hpp"
#include "vedette/node/hunt.hpp"
#include "vedette/normalize/record_normalizer.hpp"

namespace vedette::node {
namespace {

constexpr std::string_view kTriedFile = "rule.yml";
constexpr std::size_t kMaxSourceBytes = 4u << 20;
constexpr std::size_t kMaxTrialHits = 2'000'000;
constexpr std::size_t kMaxTrialBytes = 256u << 20, kMaxTrialEventBytes = 64u << 20;
constexpr std::size_t kMaxTestEvents = 1'000;
constexpr std::size_t kMaxTestBytes = 8u << 20;

bool is_tried(const model::RuleInfo& info) {
  return info.file == kTriedFile;
}

// The document of a file of several that begins at or contains the line.
std::string document_at(const std::string& text, std::uint32_t line) {
  std::size_t from = 0, at = 0;
  for (std::uint32_t number = 1; at < text.size(); ++number) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    if (base::trim(std::string_view(text).substr(at, end - at)) == "---") {
      if (number > line) return text.substr(from, at - from);
      from = std::min(end + 1, text.size());
    }
    at = end + 1;
  }
  return text.substr(from);
}

// Ends a search when the one who asked has seen enough.
class StoppableEvents final : public ports::LogStore {
 public:
  StoppableEvents(const ports::LogStore& events, const std::atomic<bool>& stop)
      : events_(events), stop_(stop) {}
  base::Result<model::SearchResult> search(const model::SearchRequest& request, const model::RowSink& sink,
                                           const base::CancellationToken& cancellation) const override {
    if (!sink) return events_.search(request, sink, cancellation);
    return events_.search(
        request, [&](const auto& batch) { return !stop_ && sink(batch); }, cancellation);
  }
  base::Result<std::vector<ports::FieldUse>> fields(const model::TimeRange& range) const override {
    return events_.fields(range);
  }

 private:
  const ports::LogStore& events_;
  const std::atomic<bool>& stop_;
};

base::Result<std::uint64_t> count_events(const ports::LogStore& events, const model::TimeRange& range,
                                         const base::CancellationToken& cancellation) {
  model::SearchRequest request;
  request.range = range;
  request.limit = 0;
  request.threads = 1;
  TRY_ASSIGN(const model::SearchResult result, events.search(request, nullptr, cancellation));
  return result.total;
}

model::RawBatch raw_event(const std::string& text, std::size_t number) {
  model::RawBatch raw;
  raw.listener = "test";
  raw.source = std::make_shared<model::Source>(model::Source{"test://events"});
  raw.bytes = std::make_shared<const std::string>(text);
  model::RawRecord record;
  record.size = static_cast<std::uint32_t>(text.size());
  raw.records.push_back(std::move(record));
  raw.received = clock_now();
  raw.first_position = number;
  return raw;
}

base::Diagnostics of_tried_file(base::Diagnostics diagnostics) {
  std::erase_if(diagnostics,
                [](const base::Diagnostic& diagnostic) { return diagnostic.file != kTriedFile; });
  return diagnostics;
}

// A warning for each rule that loads and yet never fires.
void warn_of_silent_rules(detect::RuleSet set, base::Diagnostics& diagnostics) {
  const detect::Engine engine(std::move(set), shipped_taxonomy());
  const auto warn = [&](const model::RuleInfo& info, std::string why) {
    if (why.empty() || !is_tried(info)) return;
    const bool told = std::any_of(diagnostics.begin(), diagnostics.end(), [&](const auto& diagnostic) {
      return diagnostic.message.find(why) != std::string::npos;
    });
    if (told) return;
    diagnostics.push_back({base::Severity::warning,
                           std::string(kTriedFile),
                           {info.line, 1},
                           "cannot-fire",
                           "the rule can never fire: " + why,
                           {}});
  };
  for (std::uint32_t r = 0; r < engine.rules().rules.size(); ++r) {
    warn(*engine.rules().rules[r].info, engine.cannot_fire(r));
  }
  for (std::uint32_t c = 0; c < engine.rules().correlations.size(); ++c) {
    warn(*engine.rules().correlations[c].info, engine.correlation_cannot_fire(c));
  }
}

}  // namespace

base::Result<std::string> LiveRuleService::source_of(std::string_view rule_id) const {
  const std::vector<detect::RuleState> all = parts_.states();
  const auto state = std::find_if(
      all.begin(), all.end(), [&](const detect::RuleState& one) { return one.info && one.id == rule_id; });
  if (state == all.end()) {
    return base::make_error(base::ErrorCode::not_found, fmt::format("there is no rule {}", rule_id));
  }
  if (const auto id = detect::id_of_book_file(state->file)) {
    TRY_ASSIGN(detect::BookRule rule, book_.get(*id));
    return std::move(rule.yaml);
  }
  if (parts_.config.shipped) {
    for (const detect::RuleFile& file : shipped_rules()) {
      if (file.name == state->file) return document_at(file.text, state->info->line);
    }
  }
  TRY_ASSIGN(const std::string text, base::read_file(state->file, kMaxSourceBytes));
  return document_at(text, state->info->line);
}

// A rule that refers to others (correlations, filters) is loaded with all there are.
base::Result<detect::RuleSet> LiveRuleService::load_beside_others(const detect::RuleFile& file,
                                                                  bool lint) const {
  TRY_ASSIGN(RuleTexts texts, read_rule_texts(parts_.config));
  TRY_ASSIGN(detect::ActiveSources book, book_.active_sources());
  std::vector<detect::RuleFile> files{file};
  std::move(book.files.begin(), book.files.end(), std::back_inserter(files));
  std::move(texts.files.begin(), texts.files.end(), std::back_inserter(files));
  texts.options.lint = lint;
  detect::RuleSet set = detect::load_rules(files, texts.options, 1);
  keep_rules(set, is_tried);
  return set;
}

base::Result<detect::RuleSet> LiveRuleService::load(std::string_view yaml, bool lint) const {
  if (yaml.size() > detect::kMaxRuleBytes) {
    return base::make_error(base::ErrorCode::limit, "a rule has at most 1 MB");
  }
  const detect::RuleFile file{std::string(kTriedFile), std::string(yaml)};
  TRY_ASSIGN(RuleTexts texts, read_placeholder_texts(parts_.config));
  texts.options.lint = lint;
  detect::RuleSet alone = detect::load_rules({file}, texts.options, 1);
  if (!base::has_errors(alone.diagnostics)) return alone;
  TRY_ASSIGN(detect::RuleSet set, load_beside_others(file, lint));
  // Loaded with the others it may only have become better.
  return base::has_errors(of_tried_file(set.diagnostics)) ? std::move(alone) : std::move(set);
}

base::Result<detect::RuleSet> LiveRuleService::load_good(std::string_view yaml) const {
  TRY_ASSIGN(detect::RuleSet set, load(yaml, false));
  for (const base::Diagnostic& diagnostic : set.diagnostics) {
    if (diagnostic.severity != base::Severity::error || diagnostic.file != kTriedFile) continue;
    return base::make_error(base::ErrorCode::invalid_argument,
                            fmt::format("line {}: {}", diagnostic.span.line, diagnostic.message));
  }
  if (set.rules.empty() && set.correlations.empty()) {
    return base::make_error(base::ErrorCode::invalid_argument, "the text holds no rule");
  }
  return set;
}

detect::Taxonomy LiveRuleService::taxonomy() const {
  return shipped_taxonomy();
}

base::Diagnostics LiveRuleService::lint(std::string_view yaml) const {
  auto set = load(yaml, true);
  if (!set.ok()) {
    return {{base::Severity::error, std::string(kTriedFile), {}, "cannot-load", set.error().message, {}}};
  }
  base::Diagnostics diagnostics = of_tried_file(std::move(set->diagnostics));
  if (!base::has_errors(diagnostics)) warn_of_silent_rules(std::move(*set), diagnostics);
  return diagnostics;
}

base::Result<api::RuleService::BackTest> LiveRuleService::back_test(
    std::string_view yaml, const ports::LogStore& events, const model::TimeRange& range,
    const std::function<bool(const model::AlertRecord&)>& on_alert,
    const base::CancellationToken& cancellation) const {
  TRY_ASSIGN(detect::RuleSet rules, load_good(yaml));
  BackTest result;
  TRY_ASSIGN(result.events, count_events(events, range, cancellation));
  std::atomic<bool> stop{false};
  HuntOptions options;
  options.range = range;
  options.threads = 1;  // the stream comes first
  options.limits.max_observations = kMaxTrialHits;
  options.limits.max_observation_bytes = kMaxTrialBytes;
  options.limits.max_event_bytes = kMaxTrialEventBytes;
  ScanObserver observer;
  observer.on_alert = [&](const model::Alert& alert) {
    if (stop) return;
    ++result.alerts;
    if (!on_alert(model::to_record(alert, alert.time))) stop = true;
  };
  const StoppableEvents stoppable(events, stop);
  TRY_ASSIGN(const HuntTotals totals, hunt(stoppable, std::move(rules), options, observer, cancellation));
  if (cancellation.cancelled()) {
    return base::make_error(base::ErrorCode::cancelled, "the back-test was cancelled");
  }
  // No answer that is only roughly right.
  if (!stop && (totals.totals.correlation_dropped > 0 || totals.search.cut != model::Cut::none)) {
    return base::make_error(
        base::ErrorCode::limit,
        fmt::format("the range holds too much for a back-test{}{}: take a shorter one",
                    totals.search.cut_reason.empty() ? "" : ", ", totals.search.cut_reason));
  }
  return result;
}

base::Result<std::vector<std::vector<model::AlertRecord>>> LiveRuleService::test(
    std::string_view yaml, const std::vector<std::string>& events) const {
  if (events.size() > kMaxTestEvents) {
    return base::make_error(base::ErrorCode::limit, "at most 1000 events are tested at once");
  }
  std::size_t bytes = 0;
  for (const std::string& event : events) bytes += event.size();
  if (bytes > kMaxTestBytes) return base::make_error(base::ErrorCode::limit, "the events are more than 8 MB");
  TRY_ASSIGN(detect::RuleSet rules, load_good(yaml));
  detect::LiveRules live;
  live.engine = std::make_shared<const detect::Engine>(std::move(rules), shipped_taxonomy());
  detect::LiveDetector detector(std::move(live), {});
  const auto mappings = shipped_mappings();
  normalize::RecordNormalizer normalizer(*mappings);
  std::vector<std::vector<model::AlertRecord>> alerts;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const normalize::NormalizedBatch parsed = normalizer.parse(raw_event(events[i], i + 1));
    if (!parsed.failures.empty() && !parsed.failures.front().empty()) {
      return base::make_error(base::ErrorCode::invalid_argument,
                              fmt::format("event {}: {}", i + 1, parsed.failures.front()));
    }
    alerts.push_back(detector.process(std::span(&parsed.batch, 1), clock_now()));
  }
  if (alerts.empty()) return alerts;
  // Twice: the first tells since when the stream has been silent.
  for (const base::TimeNs now : {clock_now(), std::numeric_limits<base::TimeNs>::max() / 2}) {
    auto late = detector.idle(now);
    std::move(late.begin(), late.end(), std::back_inserter(alerts.back()));
  }
  return alerts;
}

}  // namespace vedette::node
