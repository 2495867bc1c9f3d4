// What is told to whom, and when.
#include <algorithm>

#include <fmt/format.h>

#include "report/facts.hpp"
#include "text_escape.hpp"
#include "vedette/base/hash.hpp"
#include "vedette/base/text.hpp"
#include "vedette/cases/notifier.hpp"

namespace vedette::cases {
namespace {

constexpr std::size_t kMaxName = 200, kMaxUrl = 2048, kMaxItems = 100, kMaxItem = 512, kMaxSecret = 4096;
constexpr std::size_t kMaxNoticeEntities = 20;
constexpr base::TimeNs kMinute = 60 * base::kNsPerSecond;
constexpr std::int64_t kDayMinutes = 1440;

base::Error wrong(std::string message) {
  return base::make_error(base::ErrorCode::invalid_argument, std::move(message));
}

bool printable(std::string_view text, std::size_t most) {
  return text.size() <= most && base::is_valid_utf8(text) &&
         std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

base::Status check_items(const std::vector<std::string>& items, std::string_view member) {
  if (items.size() > kMaxItems) return wrong(fmt::format("{}: at most {} are taken", member, kMaxItems));
  for (const std::string& item : items) {
    if (item.empty() || !printable(item, kMaxItem))
      return wrong(fmt::format("{}: an item is empty, too long or has line ends", member));
  }
  return base::ok_status();
}

base::Status check_email(const Channel& channel, const ChannelSecrets& secrets) {
  const bool host = !channel.host.empty() && channel.host.size() <= 253 &&
                    std::all_of(channel.host.begin(), channel.host.end(),
                                [](char c) { return base::is_alnum(c) || c == '.' || c == '-' || c == ':'; });
  if (!host) return wrong("host: is no name or address of a mail server");
  if (channel.port == 0) return wrong("port: is needed");
  if (!ports::is_mail_address(channel.from)) return wrong("from: is no mail address");
  if (channel.to.empty() || channel.to.size() > 100) return wrong("to: 1 to 100 addresses are needed");
  for (const std::string& to : channel.to) {
    if (!ports::is_mail_address(to)) return wrong("to: one is no mail address");
  }
  if (!printable(channel.user, 256) || !printable(secrets.password, 1024)) {
    return wrong("password: user and password are one line each");
  }
  if (channel.user.empty() != secrets.password.empty()) {
    return wrong("password: user and password are given both, or none");
  }
  if (!channel.user.empty() && channel.security == ports::MailServer::Security::none) {
    return wrong("security: a password is not sent without TLS");
  }
  return base::ok_status();
}

// Whether any of `wanted` is among `there`; none wanted: yes.
bool any_of_them(const std::vector<std::string>& wanted, const std::vector<std::string>& there) {
  return wanted.empty() || std::any_of(wanted.begin(), wanted.end(), [&](const std::string& item) {
           return std::find(there.begin(), there.end(), item) != there.end();
         });
}

// * and ?; in any case of ASCII. Both are short (kMaxItem, and what a notice keeps of a value).
bool wildcard_matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0, star = std::string_view::npos, star_text = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_text = t;
    } else if (p < pattern.size() &&
               (pattern[p] == '?' || base::ascii_lower(pattern[p]) == base::ascii_lower(text[t]))) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++star_text;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool names_entity(const NotifyRule& rule, const Notice& notice) {
  return rule.entities.empty() ||
         std::any_of(notice.entities.begin(), notice.entities.end(), [&](const auto& entity) {
           return std::any_of(rule.entities.begin(), rule.entities.end(), [&](const std::string& pattern) {
             return wildcard_matches(pattern, entity.value);
           });
         });
}

Notice notice_about(const Case& incident, NotifyOn on, base::TimeNs now) {
  Notice notice;
  notice.on = on;
  notice.tenant = incident.incident.tenant;
  notice.incident = incident.incident.id;
  notice.title = cut_text(incident.shown_title(), 500);
  notice.owner = incident.owner;
  notice.status = incident.status;
  notice.severity = incident.shown_severity();
  notice.tlp = incident.tlp;
  notice.risk = incident.incident.risk;
  notice.tags = incident.tags;
  for (const model::IncidentEntity& entity : incident.incident.entities) {
    if (notice.entities.size() == kMaxNoticeEntities) break;
    notice.entities.push_back({entity.entity.kind, cut_text(entity.entity.value, 1000)});
  }
  notice.time = now;
  return notice;
}

NotifyOn on_of(CaseEvent::Kind kind) {
  switch (kind) {
    case CaseEvent::Kind::opened:
      return NotifyOn::opened;
    case CaseEvent::Kind::severity_raised:
      return NotifyOn::severity_raised;
    case CaseEvent::Kind::assigned:
      return NotifyOn::assigned;
    case CaseEvent::Kind::mentioned:
      return NotifyOn::mentioned;
    case CaseEvent::Kind::status_changed:
      return NotifyOn::status_changed;
    case CaseEvent::Kind::breached:
      return NotifyOn::sla_breached;
  }
  return NotifyOn::opened;
}

const Clock* clock_of(const Case& incident, Clock::Kind kind) {
  for (const Clock& clock : incident.clocks) {
    if (clock.kind == kind) return &clock;
  }
  return nullptr;
}

std::string clock_key(NotifyOn on, const Case& incident, const Clock& clock) {
  return fmt::format("{}:{}:{}:{}:{}", notify_on_name(on), incident.incident.id, clock_kind_name(clock.kind),
                     clock.started, clock.target);
}

}  // namespace

std::string_view notify_on_name(NotifyOn on) {
  switch (on) {
    case NotifyOn::opened:
      return "opened";
    case NotifyOn::severity_raised:
      return "severity_raised";
    case NotifyOn::assigned:
      return "assigned";
    case NotifyOn::mentioned:
      return "mentioned";
    case NotifyOn::status_changed:
      return "status_changed";
    case NotifyOn::sla_near:
      return "sla_near";
    case NotifyOn::sla_breached:
      return "sla_breached";
  }
  return "opened";
}

std::optional<NotifyOn> find_notify_on(std::string_view name) {
  for (int i = 0; i < kNotifyOns; ++i) {
    if (notify_on_name(static_cast<NotifyOn>(i)) == name) return static_cast<NotifyOn>(i);
  }
  return std::nullopt;
}

std::string_view channel_kind_name(Channel::Kind kind) {
  switch (kind) {
    case Channel::Kind::email:
      return "email";
    case Channel::Kind::slack:
      return "slack";
    case Channel::Kind::teams:
      return "teams";
    case Channel::Kind::webhook:
      return "webhook";
  }
  return "webhook";
}

std::optional<Channel::Kind> find_channel_kind(std::string_view name) {
  for (const auto kind :
       {Channel::Kind::email, Channel::Kind::slack, Channel::Kind::teams, Channel::Kind::webhook}) {
    if (channel_kind_name(kind) == name) return kind;
  }
  return std::nullopt;
}

std::string_view delivery_state_name(Delivery::State state) {
  switch (state) {
    case Delivery::State::waiting:
      return "waiting";
    case Delivery::State::sending:
      return "sending";
    case Delivery::State::sent:
      return "sent";
    case Delivery::State::failed:
      return "failed";
  }
  return "waiting";
}

base::Status check_channel(const Channel& channel, const ChannelSecrets& secrets) {
  if (base::trim(channel.name).empty() || !printable(channel.name, kMaxName)) {
    return wrong("name: is needed, in one line of at most 200 bytes");
  }
  if (channel.max_per_hour < 1 || channel.max_per_hour > 3600) return wrong("max_per_hour: is 1 to 3600");
  if (channel.kind == Channel::Kind::email) return check_email(channel, secrets);
  if (!is_web_url(secrets.url) || secrets.url.size() > kMaxUrl) return wrong("url: must begin with https://");
  if (!secrets.url.starts_with("https://") && !channel.allow_private) {
    return wrong("url: must begin with https:// (http:// only to private addresses, where that is allowed)");
  }
  if (!printable(secrets.key, kMaxSecret)) return wrong("key: is one line");
  return base::ok_status();
}

base::Status check_rule(const NotifyRule& rule) {
  if (base::trim(rule.name).empty() || !printable(rule.name, kMaxName)) {
    return wrong("name: is needed, in one line of at most 200 bytes");
  }
  if (rule.on.empty()) return wrong("on: at least one is needed");
  if (rule.channels.empty() || rule.channels.size() > 20) return wrong("channels: 1 to 20 are needed");
  TRY(check_items(rule.tags, "tags"));
  TRY(check_items(rule.owners, "owners"));
  TRY(check_items(rule.entities, "entities"));
  TRY(check_items(rule.users, "users"));
  if (rule.digest_minutes > kDayMinutes) return wrong("digest_minutes: is at most 1440");
  const QuietHours& quiet = rule.quiet;
  if (quiet.from < 0 || quiet.from >= kDayMinutes || quiet.to < 0 || quiet.to >= kDayMinutes) {
    return wrong("quiet_hours: from and to are times of day");
  }
  if (quiet.utc_offset < -720 || quiet.utc_offset > 840)
    return wrong("quiet_hours: utc_offset is -720 to 840 minutes");
  return base::ok_status();
}

Notice notice_of(const CaseEvent& event, base::TimeNs now) {
  Notice notice = notice_about(event.incident, on_of(event.kind), now);
  notice.by = event.by;
  notice.detail = cut_text(event.text, 2000);
  notice.users = event.names;
  if (event.kind == CaseEvent::Kind::assigned && notice.users.empty() && !notice.owner.empty()) {
    notice.users = {notice.owner};
  }
  const std::string& id = notice.incident;
  const Clock* clock = clock_of(event.incident, event.clock);
  if (event.kind == CaseEvent::Kind::opened) {
    notice.key = fmt::format("opened:{}", id);
  } else if (event.kind == CaseEvent::Kind::breached && clock != nullptr) {
    notice.key = clock_key(notice.on, event.incident, *clock);
    notice.detail = fmt::format("{}: {}", report::clock_title(clock->kind), report::clock_text(*clock, now));
  } else {
    notice.key = fmt::format("{}:{}:{}:{:016x}", notify_on_name(notice.on), id, now,
                             base::hash64(notice.detail + '\n' + notice.owner));
  }
  return notice;
}

std::vector<Notice> near_notices(const Case& incident, base::TimeNs now) {
  std::vector<Notice> out;
  for (const Clock& clock : incident.clocks) {
    if (clock.started == 0 || clock.stopped != 0 || clock.target == 0 || clock.breached) continue;
    if (clock.paused_since != 0) continue;
    const base::TimeNs elapsed = now - clock.started - clock.paused_for;
    if (elapsed < clock.target / 10 * 8 || elapsed >= clock.target) continue;
    Notice notice = notice_about(incident, NotifyOn::sla_near, now);
    notice.key = clock_key(NotifyOn::sla_near, incident, clock);
    notice.detail =
        fmt::format("{}: {}; {} are left", report::clock_title(clock.kind), report::clock_text(clock, now),
                    report::duration_text(clock.target - elapsed));
    out.push_back(std::move(notice));
  }
  return out;
}

bool applies(const NotifyRule& rule, const Notice& notice) {
  if (!rule.enabled || rule.tenant != notice.tenant) return false;
  if (std::find(rule.on.begin(), rule.on.end(), notice.on) == rule.on.end()) return false;
  if (notice.severity < rule.least_severity) return false;
  const bool to_users = notice.on == NotifyOn::assigned || notice.on == NotifyOn::mentioned;
  if (to_users && !any_of_them(rule.users, notice.users)) return false;
  return any_of_them(rule.tags, notice.tags) && any_of_them(rule.owners, {notice.owner}) &&
         names_entity(rule, notice);
}

std::optional<base::TimeNs> quiet_until(const QuietHours& quiet, base::TimeNs time) {
  if (quiet.from == quiet.to) return std::nullopt;
  const std::int64_t length = (quiet.to - quiet.from + kDayMinutes) % kDayMinutes;
  const base::TimeNs local = time + quiet.utc_offset * kMinute;
  const base::TimeNs day_length = kDayMinutes * kMinute;
  std::int64_t day = local / day_length - (local % day_length < 0 ? 1 : 0);
  // They may have begun yesterday.
  for (const std::int64_t start_day : {day, day - 1}) {
    const auto weekday = static_cast<unsigned>(((start_day + 3) % 7 + 7) % 7);  // 1970-01-01 was a Thursday
    if ((quiet.days >> weekday & 1u) == 0) continue;
    const base::TimeNs from = start_day * day_length + quiet.from * kMinute;
    const base::TimeNs to = from + length * kMinute;
    if (local >= from && local < to) return to - quiet.utc_offset * kMinute;
  }
  return std::nullopt;
}

}  // namespace vedette::cases
