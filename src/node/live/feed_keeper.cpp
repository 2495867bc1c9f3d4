#include "live/feed_keeper.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "live/clock.hpp"
#include "live/detect_role.hpp"
#include "vedette/adapters/http_client.hpp"
#include "vedette/base/files.hpp"
#include "vedette/base/hash.hpp"
#include "vedette/base/ip.hpp"
#include "vedette/base/json_writer.hpp"
#include "vedette/base/text.hpp"
#include "vedette/model/alert_record.hpp"

namespace vedette::node {
namespace {

constexpr std::chrono::seconds kLookEvery{5};
constexpr base::TimeNs kRetryAfter = 60 * base::kNsPerSecond;
constexpr std::size_t kMaxWarningBytes = 64u << 20;
constexpr std::size_t kSweepValues = 2'000;          // of one search
constexpr std::size_t kMaxSweptIndicators = 50'000;  // of one change of a feed
constexpr std::uint64_t kMaxFound = 10'000;          // events of one search
constexpr std::string_view kKeptFeed = "book";
constexpr std::string_view kRuleId = "vedette-indicator-history";

normalize::FeedOptions feed_options(const base::ConfigSection& config) {
  using normalize::FeedFormat;
  normalize::FeedOptions options;
  options.name = config.text("name");
  options.file = config.text("file");
  options.url = config.text("url");
  const std::string& format = config.text("format");
  options.kind = format == "taxii"     ? normalize::FeedOptions::Kind::taxii
                 : options.url.empty() ? normalize::FeedOptions::Kind::file
                                       : normalize::FeedOptions::Kind::http;
  options.format = format == "stix"   ? FeedFormat::stix
                   : format == "misp" ? FeedFormat::misp
                   : format == "csv"  ? FeedFormat::csv
                   : format == "list" ? FeedFormat::list
                                      : FeedFormat::automatic;
  options.interval = config.duration("interval");
  options.default_expiry = config.duration("max_age");
  options.username = config.text("username");
  options.password = config.text("password");
  options.token = config.text("token");
  options.ca_file = config.text("ca_file");
  options.allow_private = config.boolean("allow_private");
  return options;
}

// Hashes of what a feed holds, sorted.
std::vector<std::uint64_t> values_of(const normalize::ParsedFeed& feed) {
  std::vector<std::uint64_t> values;
  values.reserve(feed.indicators.size());
  for (const normalize::Indicator& indicator : feed.indicators) {
    values.push_back(base::hash64(indicator.value));
  }
  std::sort(values.begin(), values.end());
  return values;
}

// Indicators that were not held before.
normalize::ParsedFeed fresh_of(const std::vector<std::uint64_t>& known, const normalize::ParsedFeed& now) {
  normalize::ParsedFeed fresh;
  for (const normalize::Indicator& indicator : now.indicators) {
    if (fresh.indicators.size() >= kMaxSweptIndicators) break;
    if (!std::binary_search(known.begin(), known.end(), base::hash64(indicator.value))) {
      fresh.indicators.push_back(indicator);
    }
  }
  return fresh;
}

// field op value, for every field and value.
model::Predicate sweep_predicate(const normalize::IndicatorSet::Sweep& sweep) {
  model::Predicate any{.kind = model::Predicate::Kind::any_of, .children = {}, .test = {}, .name = {}};
  for (const std::string& field : sweep.fields) {
    for (const std::string& value : sweep.values) {
      model::Predicate test{.kind = model::Predicate::Kind::test, .children = {}, .test = {}, .name = {}};
      test.test.field = field;
      test.test.op = sweep.op;
      test.test.text = value;
      any.children.push_back(std::move(test));
    }
  }
  return any;
}

std::string_view kind_name_of(normalize::FeedOptions::Kind kind) {
  switch (kind) {
    case normalize::FeedOptions::Kind::http:
      return "http";
    case normalize::FeedOptions::Kind::taxii:
      return "taxii";
    case normalize::FeedOptions::Kind::file:
      return "file";
  }
  return "http";
}

// Without credentials and query.
std::string shown_url(std::string_view url) {
  std::string shown(url.substr(0, url.find('?')));
  const std::size_t host = shown.find("://");
  if (host == std::string::npos) return shown;
  const std::size_t end = std::min(shown.find('/', host + 3), shown.size());
  const std::size_t at = shown.rfind('@', end);
  if (at != std::string::npos && at > host) shown.erase(host + 3, at - host - 2);
  return shown;
}

// A value that somebody asks about.
class LookUp {
 public:
  explicit LookUp(std::string_view value)
      : value_(base::to_lower_ascii(base::trim(value))), address_(base::IpAddress::parse(value_)) {}

  bool meets(const normalize::Indicator& indicator) const {
    if (base::equals_ignore_case_ascii(indicator.value, value_)) return true;
    using Type = normalize::Indicator::Type;
    if (indicator.type == Type::network && address_) {
      const auto network = base::IpNetwork::parse(indicator.value);
      return network.ok() && network->contains(*address_);
    }
    return indicator.type == Type::domain && value_.size() > indicator.value.size() &&
           value_[value_.size() - indicator.value.size() - 1] == '.' &&
           value_.ends_with(base::to_lower_ascii(indicator.value));
  }

 private:
  const std::string value_;
  const std::optional<base::IpAddress> address_;
};

}  // namespace

FeedKeeper::FeedKeeper(const base::ConfigSection& config, const ports::LogStore& store, ports::Bus& bus,
                       base::Metrics& metrics, base::Logger& log, Changed changed)
    : config_(config),
      store_(store),
      bus_(bus),
      log_(log),
      changed_(std::move(changed)),
      client_(adapters::make_http_client()),
      indicators_gauge_(metrics.gauge("vedette_indicators", "Indicators that events are matched against.")),
      polls_failed_(metrics.counter("vedette_feed_polls_failed_total", "Polls of feeds that failed.")),
      swept_(metrics.counter("vedette_indicator_history_matches_total",
                             "Stored events that new indicators were found in.")) {
  for (const base::ConfigSection& feed : config.sections("feeds")) {
    feeds_.push_back({feed_options(feed), {}, {}, 0, {}});
  }
}

FeedKeeper::~FeedKeeper() {
  stop();
}

base::Status FeedKeeper::start() {
  for (const std::string& file : config_.texts("warning_lists")) {
    TRY_ASSIGN(const std::string text, base::read_file(file, kMaxWarningBytes));
    for (const std::string_view line : base::split(text, '\n')) {
      const std::string_view value = base::trim(line);
      if (!value.empty() && value.front() != '#') warning_values_.emplace_back(value);
    }
  }
  for (Feed& feed : feeds_) {
    if (feed.options.kind != normalize::FeedOptions::Kind::file) continue;
    std::vector<std::uint64_t> none;
    const auto polled = poll(feed, none);
    if (!polled) return polled.error().with_context("the feed " + feed.options.name);
  }
  if (!feeds_.empty()) publish();
  thread_ = std::thread([this] { run(); });
  return base::ok_status();
}

void FeedKeeper::wake() {
  {
    std::lock_guard lock(held_);
    for (Feed& feed : feeds_) feed.retry_at = 0;
  }
  std::lock_guard lock(mutex_);
  woken_ = true;
  changed_or_stopping_.notify_all();
}

base::Status FeedKeeper::poll_now(std::string_view name) {
  {
    std::lock_guard lock(held_);
    const auto feed =
        std::find_if(feeds_.begin(), feeds_.end(), [&](const Feed& one) { return one.options.name == name; });
    if (feed == feeds_.end()) {
      return base::make_error(base::ErrorCode::not_found, fmt::format("there is no feed {}", name));
    }
    feed->retry_at = 0;
  }
  std::lock_guard lock(mutex_);
  woken_ = true;
  changed_or_stopping_.notify_all();
  return base::ok_status();
}

void FeedKeeper::set_kept(std::vector<normalize::Indicator> indicators) {
  {
    std::lock_guard lock(held_);
    normalize::ParsedFeed now;
    now.indicators = std::move(indicators);
    for (normalize::Indicator& indicator : now.indicators) indicator.feed = kKeptFeed;
    if (std::exchange(kept_known_, true)) {
      normalize::ParsedFeed fresh = fresh_of(values_of(kept_), now);
      std::move(fresh.indicators.begin(), fresh.indicators.end(),
                std::back_inserter(kept_unswept_.indicators));
    }
    kept_ = std::move(now);
  }
  publish();
  std::lock_guard lock(mutex_);
  woken_ = true;
  changed_or_stopping_.notify_all();
}

std::vector<api::FeedState> FeedKeeper::states() const {
  std::lock_guard lock(held_);
  std::vector<api::FeedState> states;
  for (const Feed& feed : feeds_) {
    api::FeedState& state = states.emplace_back();
    state.name = feed.options.name;
    state.kind = kind_name_of(feed.options.kind);
    // Keys often stand in the query, credentials before the host.
    state.url = shown_url(feed.options.url);
    state.last_error = feed.last_error;
    state.configured = true;
    state.indicators = feed.held.indicators.size();
    state.last_polled = feed.state.last_poll;
    state.next_poll = std::max(feed.retry_at, feed.state.last_poll + feed.options.interval);
  }
  api::FeedState& kept = states.emplace_back();
  kept.name = kKeptFeed;
  kept.kind = kKeptFeed;
  kept.indicators = kept_.indicators.size();
  return states;
}

std::vector<normalize::Indicator> FeedKeeper::look_up(std::string_view value, std::size_t limit) const {
  std::vector<normalize::Indicator> found;
  const LookUp wanted(value);
  std::lock_guard lock(held_);
  const auto look = [&](const normalize::ParsedFeed& feed) {
    for (const normalize::Indicator& indicator : feed.indicators) {
      if (found.size() == limit) return;
      if (wanted.meets(indicator)) found.push_back(indicator);
    }
  };
  look(kept_);
  for (const Feed& feed : feeds_) look(feed.held);
  return found;
}

void FeedKeeper::stop() {
  if (!thread_.joinable()) return;
  stopping_.cancel();
  {
    std::lock_guard lock(mutex_);
    changed_or_stopping_.notify_all();
  }
  thread_.join();
}

// Whether the feed has changed; if so, `known` gets what it held before.
base::Result<bool> FeedKeeper::poll(Feed& feed, std::vector<std::uint64_t>& known) {
  normalize::FeedState state = feed.state;
  TRY_ASSIGN(normalize::FeedUpdate update,
             normalize::poll_feed(feed.options, state, client_.get(), clock_now(), stopping_));
  std::lock_guard lock(held_);
  feed.state = std::move(state);
  if (!update.changed) return false;
  for (const std::string& complaint : update.feed.complaints) {
    log_.warning("an entry of a feed was passed over",
                 {{"vedette.feed", feed.options.name}, {"message.detail", complaint}});
  }
  known = values_of(feed.held);
  normalize::merge_update(feed.held, std::move(update));
  log_.info("a feed has changed",
            {{"vedette.feed", feed.options.name},
             {"vedette.indicators", static_cast<std::int64_t>(feed.held.indicators.size())}});
  return true;
}

void FeedKeeper::publish() {
  std::lock_guard one(publishing_);
  std::vector<normalize::Indicator> all;
  {
    std::lock_guard lock(held_);
    all = kept_.indicators;
    for (const Feed& feed : feeds_) {
      all.insert(all.end(), feed.held.indicators.begin(), feed.held.indicators.end());
    }
  }
  std::shared_ptr<const normalize::IndicatorSet> set =
      normalize::make_indicator_set(std::move(all), warning_values_, clock_now());
  indicators_gauge_.set(static_cast<std::int64_t>(set->stats().indicators));
  changed_(std::move(set));
}

void FeedKeeper::run() {
  while (!stopping_.cancelled()) {
    sweep_kept();
    for (Feed& feed : feeds_) {
      look_after(feed);
      if (stopping_.cancelled()) return;
    }
    std::unique_lock lock(mutex_);
    changed_or_stopping_.wait_for(lock, kLookEvery, [&] { return woken_ || stopping_.cancelled(); });
    woken_ = false;
  }
}

// Polls a feed that is due.
void FeedKeeper::look_after(Feed& feed) {
  const base::TimeNs now = clock_now();
  {
    std::lock_guard lock(held_);
    if (now < feed.retry_at || (feed.retry_at != 0 && !normalize::is_due(feed.options, feed.state, now))) {
      return;
    }
    feed.retry_at = now + (feed.options.kind == normalize::FeedOptions::Kind::file ? 0 : kRetryAfter);
  }
  std::vector<std::uint64_t> known;
  const auto changed = poll(feed, known);
  if (stopping_.cancelled()) return;
  {
    std::lock_guard lock(held_);
    feed.last_error = changed.ok() ? std::string() : changed.error().message;
  }
  if (!changed) {
    polls_failed_.add();
    log_.warning("a feed could not be polled; what it brought before stays",
                 {{"vedette.feed", feed.options.name}, {"error.message", changed.error().message}});
  } else if (*changed) {
    publish();
    sweep(feed.options.name, fresh_of(known, feed.held));
  }
}

void FeedKeeper::sweep_kept() {
  normalize::ParsedFeed fresh;
  {
    std::lock_guard lock(held_);
    fresh = std::exchange(kept_unswept_, {});
  }
  if (fresh.indicators.size() > kMaxSweptIndicators) fresh.indicators.resize(kMaxSweptIndicators);
  sweep(std::string(kKeptFeed), fresh);
}

// What came new is looked for in what is stored already.
void FeedKeeper::sweep(const std::string& feed, const normalize::ParsedFeed& fresh) {
  const base::TimeNs history = config_.duration("sweep_history");
  if (history == 0 || fresh.indicators.empty()) return;
  const auto set = normalize::make_indicator_set(fresh.indicators, warning_values_, clock_now());
  for (const normalize::IndicatorSet::Sweep& part : set->sweeps(kSweepValues)) {
    if (stopping_.cancelled()) return;
    const base::Status swept = sweep_one(*set, part, clock_now() - history);
    if (swept.ok()) continue;
    log_.error("history could not be searched for new indicators",
               {{"vedette.feed", feed}, {"error.message", swept.error().message}});
  }
}

base::Status FeedKeeper::sweep_one(const normalize::IndicatorSet& set,
                                   const normalize::IndicatorSet::Sweep& sweep, base::TimeNs from) {
  model::SearchRequest request;
  request.range.from = from;
  request.filter = sweep_predicate(sweep);
  request.limit = kMaxFound;
  request.count_all = false;
  request.threads = 1;  // the stream comes first
  const model::FieldId matched = model::intern("threat.matched.atomic");
  const auto sink = [&](const std::shared_ptr<const model::EventBatch>& batch) {
    const auto enriched = set.enrich(batch);
    for (std::size_t row = 0; row < enriched->size(); ++row) {
      if ((*enriched)[row].find(matched)) raise_found((*enriched)[row]);
    }
    return true;
  };
  const auto searched = store_.search(request, sink, stopping_);
  return searched.ok() ? base::ok_status() : base::Status(searched.error());
}

// The id is made of the event and the value, so that a value that comes again raises nothing new.
void FeedKeeper::raise_found(const model::Event& event) {
  std::string document;
  model::append_json(document, event);
  const model::Value* atomic = event.find(model::intern("threat.matched.atomic"));
  const std::string value = atomic && atomic->is_string() ? std::string(atomic->as_string()) : "several";
  model::AlertRecord alert;
  alert.id = base::hash128_hex(fmt::format("{}\n{}\n{}", kRuleId, event.sequence(), value));
  alert.rule_id = kRuleId;
  alert.rule_title = "A new indicator occurs in a stored event";
  alert.level = model::Level::high;
  alert.time = event.time();
  alert.detected = clock_now();
  alert.risk_score = model::risk_of(alert.level);
  alert.group_key = value;
  alert.matches = {{"threat.matched.atomic", value, "", value}};
  alert.entities = model::entities_of(event);
  alert.event_sequence = event.sequence();
  alert.document = std::move(document);
  swept_.add();
  bus_.append(kAlertsTopic, model::alert_batch(std::span(&alert, 1)),
              [](const base::Result<std::uint64_t>&) {});
}

}  // namespace vedette::node
