// The outbox: what is put in, and the thread that empties it. Sending: notify/sending.cpp.
#include "vedette/cases/notifier.hpp"

#include <algorithm>
#include <chrono>
#include <set>

#include <fmt/format.h>

#include "notify/state.hpp"
#include "vedette/base/hash.hpp"
#include "vedette/base/text.hpp"

namespace vedette::cases {
namespace {

using ports::ColumnTest;

constexpr base::TimeNs kOutboxMinute = 60 * base::kNsPerSecond;
constexpr base::TimeNs kOutboxDay = 24 * 60 * kOutboxMinute;
constexpr base::TimeNs kKept = 30 * kOutboxDay;
constexpr std::chrono::seconds kLookEvery{2};
constexpr std::chrono::seconds kStopGrace{3};
constexpr std::uint32_t kPruned = 1000;

ColumnTest tenant_is(const std::string& tenant) {
  if (tenant.empty()) return {"tenant", ColumnTest::Op::absent, {}};
  return {"tenant", ColumnTest::Op::equals, {tenant}};
}

// When a delivery of this rule is due, and whether it waits for others.
void plan(const NotifyRule& rule, base::TimeNs now, Delivery& delivery) {
  delivery.due = now;
  if (rule.digest_minutes > 0) {
    const base::TimeNs step = rule.digest_minutes * kOutboxMinute;
    delivery.due = (now / step + 1) * step;
    delivery.together = true;
  }
  if (rule.quiet.unless && delivery.notice.severity >= *rule.quiet.unless) return;
  if (const auto end = quiet_until(rule.quiet, delivery.due)) {
    delivery.due = *end;
    delivery.together = true;
  }
}

}  // namespace

Notifier::Notifier(NotifierParts parts) : state_(std::make_unique<State>(std::move(parts))) {
  CHECK(state_->parts.records != nullptr && state_->parts.now);
}

Notifier::~Notifier() {
  stop();
}

base::Result<std::vector<NotifyRule>> Notifier::State::rules_of(const std::string& tenant) const {
  ports::RecordQuery query;
  query.collection = "notify_rules";
  query.tests = {tenant_is(tenant)};
  query.limit = kMaxNotifyRules;
  TRY_ASSIGN(const ports::RecordPage page, parts.records->find(query));
  std::vector<NotifyRule> rules;
  for (const ports::StoredRecord& record : page.records) {
    auto rule = parse_notify_rule(record);
    if (rule.ok()) {
      rules.push_back(std::move(*rule));
    } else {
      warn("a rule of notifications is passed over", rule.error());
    }
  }
  return rules;
}

base::Result<std::optional<Channel>> Notifier::State::channel(const std::string& id) const {
  TRY_ASSIGN(const auto record, parts.records->get("notify_channels", id));
  std::optional<Channel> found;
  if (!record) return found;
  TRY_ASSIGN(found, parse_channel(*record));
  return found;
}

base::Result<std::vector<ports::RecordWrite>> Notifier::writes_for(std::span<const Notice> notices) const {
  std::vector<ports::RecordWrite> writes;
  std::map<std::string, std::vector<NotifyRule>> rules;
  std::map<std::string, bool> usable;  // channels
  for (const Notice& notice : notices) {
    auto known = rules.find(notice.tenant);
    if (known == rules.end()) {
      TRY_ASSIGN(auto of_tenant, state_->rules_of(notice.tenant));
      known = rules.emplace(notice.tenant, std::move(of_tenant)).first;
    }
    std::map<std::string, Delivery> planned;  // by channel: it is told once, whichever rules want it
    for (const NotifyRule& rule : known->second) {
      if (!applies(rule, notice)) continue;
      for (const std::string& channel : rule.channels) {
        Delivery delivery;
        delivery.id = base::hash128_hex(fmt::format("{}\n{}\n{}", notice.tenant, channel, notice.key));
        delivery.tenant = notice.tenant;
        delivery.channel = channel;
        delivery.rule = rule.id;
        delivery.notice = notice;
        delivery.created = state_->parts.now();
        plan(rule, delivery.created, delivery);
        delivery.give_up = delivery.due + kOutboxDay;
        const auto [at, fresh] = planned.emplace(channel, delivery);
        if (!fresh && delivery.due < at->second.due) at->second = std::move(delivery);
      }
    }
    for (auto& [channel_id, delivery] : planned) {
      if (!usable.contains(channel_id)) {
        TRY_ASSIGN(const auto channel, state_->channel(channel_id));
        usable[channel_id] = channel && channel->enabled && channel->tenant == notice.tenant;
      }
      if (!usable[channel_id]) continue;
      TRY_ASSIGN(const auto there, state_->parts.records->get("notifications", delivery.id));
      const bool written = std::any_of(writes.begin(), writes.end(),
                                       [&](const auto& write) { return write.id == delivery.id; });
      if (!there && !written) writes.push_back(to_write(delivery, 0));
    }
  }
  return writes;
}

void Notifier::on(const CaseEvent& event, std::vector<ports::RecordWrite>& writes) {
  const Notice notice = notice_of(event, state_->parts.now());
  auto added = writes_for(std::span(&notice, 1));
  if (!added.ok()) return state_->warn("a notification could not be written", added.error());
  for (ports::RecordWrite& write : *added) {
    const bool there = std::any_of(writes.begin(), writes.end(), [&](const auto& other) {
      return other.collection == write.collection && other.id == write.id;
    });
    if (!there) writes.push_back(std::move(write));
  }
}

base::Status Notifier::notify(std::span<const Notice> notices) {
  // Somebody else may write the same meanwhile; then it is there when it is looked for again.
  for (int tries = 0;; ++tries) {
    TRY_ASSIGN(const auto writes, writes_for(notices));
    if (writes.empty()) return base::ok_status();
    const auto written = state_->parts.records->apply(writes);
    if (written.ok()) return base::ok_status();
    if (written.error().code != base::ErrorCode::busy || tries == 3) return written.error();
  }
}

base::Result<std::string> Notifier::seal(const Channel& channel, const ChannelSecrets& secrets) const {
  if (state_->parts.secrets == nullptr) {
    return base::make_error(base::ErrorCode::unsupported, "secrets are not kept in this process");
  }
  // Lengths first, so that no value can look like two.
  const std::string text = fmt::format("{} {} {}\n{}{}{}", secrets.url.size(), secrets.password.size(),
                                       secrets.key.size(), secrets.url, secrets.password, secrets.key);
  return state_->parts.secrets->seal(text, "notify:" + channel.id);
}

base::Result<ChannelSecrets> Notifier::open(const Channel& channel) const {
  return state_->open(channel);
}

base::Result<ChannelSecrets> Notifier::State::open(const Channel& channel) const {
  if (channel.sealed.empty()) return ChannelSecrets{};
  if (parts.secrets == nullptr) {
    return base::make_error(base::ErrorCode::unsupported, "secrets are not kept in this process");
  }
  TRY_ASSIGN(const std::string text, parts.secrets->open(channel.sealed, "notify:" + channel.id));
  const base::Error corrupt =
      base::make_error(base::ErrorCode::corrupt, "the secrets of a channel cannot be read");
  const std::size_t end = text.find('\n');
  if (end == std::string::npos) return corrupt;
  const auto sizes = base::split(std::string_view(text).substr(0, end), ' ');
  ChannelSecrets secrets;
  std::string* const members[] = {&secrets.url, &secrets.password, &secrets.key};
  std::size_t at = end + 1;
  for (std::size_t i = 0; i < 3; ++i) {
    const auto size = i < sizes.size() ? base::parse_uint(sizes[i]) : std::nullopt;
    if (!size || *size > text.size() - at) return corrupt;
    *members[i] = text.substr(at, *size);
    at += *size;
  }
  return secrets;
}

base::Status Notifier::test(const Channel& channel, const std::string& by,
                            const base::CancellationToken& cancellation) {
  const base::TimeNs now = state_->parts.now();
  notify::Outgoing message;
  message.test = true;
  message.now = now;
  message.public_url = state_->parts.public_url;
  message.id = base::hash128_hex(fmt::format("test\n{}\n{}\n{}", channel.id, by, now));
  Notice notice;
  notice.key = "test:" + message.id;
  notice.tenant = channel.tenant;
  notice.title = "A test message";
  notice.by = by;
  notice.severity = model::Level::informational;
  notice.tlp = Tlp::clear;
  notice.time = now;
  message.notices.push_back(std::move(notice));
  return state_->send(channel, message, now, cancellation).status;
}

base::Status Notifier::prune() {
  ports::RecordQuery query;
  query.collection = "notifications";
  query.tests = {{"created", ColumnTest::Op::less, {state_->parts.now() - kKept}},
                 {"state", ColumnTest::Op::in, {std::string("sent"), std::string("failed")}}};
  query.limit = kPruned;
  TRY_ASSIGN(const ports::RecordPage page, state_->parts.records->find(query));
  std::vector<ports::RecordWrite> writes;
  for (const ports::StoredRecord& record : page.records) {
    ports::RecordWrite write;
    write.kind = ports::RecordWrite::Kind::remove;
    write.collection = "notifications";
    write.id = record.id;
    write.expected_version = record.version;
    writes.push_back(std::move(write));
  }
  if (writes.empty()) return base::ok_status();
  const auto removed = state_->parts.records->apply(writes);
  return removed.ok() ? base::ok_status() : base::Status(removed.error());
}

base::Status Notifier::check_near() {
  const base::TimeNs now = state_->parts.now();
  ports::RecordQuery query;
  query.collection = "incidents";
  query.order_by = "due";
  query.tests = {{"due", ColumnTest::Op::at_least, {now}}};
  query.limit = 1000;
  std::vector<Notice> notices;
  // A target of 30 days is near for six; what is due later cannot be near.
  query.tests.push_back({"due", ColumnTest::Op::less, {now + 20 * kOutboxDay}});
  for (std::size_t looked_at = 0; looked_at < 10'000;) {
    TRY_ASSIGN(const ports::RecordPage page, state_->parts.records->find(query));
    looked_at += page.records.size();
    for (const ports::StoredRecord& record : page.records) {
      const auto incident = parse_case(record.document);
      if (!incident.ok()) continue;
      for (Notice& notice : near_notices(*incident, now)) notices.push_back(std::move(notice));
    }
    query.after = page.next;
    if (query.after.empty()) break;
  }
  return notify(notices);
}

void Notifier::State::warn(std::string_view message, const base::Error& error) const {
  if (parts.log != nullptr) parts.log->warning(message, {{"error.message", error.message}});
}

void Notifier::State::run(Notifier& owner) {
  base::TimeNs looked = 0, pruned = 0;
  while (true) {
    {
      std::unique_lock lock(mutex);
      changed.wait_for(lock, kLookEvery, [&] { return stopping.load(); });
      if (stopping) break;
    }
    const base::TimeNs now = parts.now();
    if (now - looked >= kOutboxMinute) {
      looked = now;
      if (const base::Status checked = owner.check_near(); !checked.ok()) {
        warn("service levels could not be looked at", checked.error());
      }
    }
    if (now - pruned >= 60 * kOutboxMinute) {
      pruned = now;
      if (const base::Status done = owner.prune(); !done.ok()) warn("old notifications stay", done.error());
    }
    const auto sent = owner.send_due(cancellation);
    if (!sent.ok() && !cancellation.cancelled()) warn("notifications wait", sent.error());
  }
  const std::lock_guard lock(mutex);
  ended = true;
  changed.notify_all();
}

void Notifier::start() {
  if (state_->thread.joinable() || state_->stopping) return;
  state_->thread = std::thread([this] { state_->run(*this); });
}

void Notifier::stop() {
  if (!state_ || !state_->thread.joinable()) return;
  {
    std::unique_lock lock(state_->mutex);
    state_->stopping = true;
    state_->changed.notify_all();
    // A message that is being sent may have arrived: its answer is worth a moment.
    state_->changed.wait_for(lock, kStopGrace, [&] { return state_->ended; });
  }
  state_->cancellation.cancel();
  state_->thread.join();
}

}  // namespace vedette::cases
