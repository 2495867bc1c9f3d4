// Notifier: tells people by mail, Slack, Teams and web hooks what happened to incidents.
//
// What is to be told stands in the collection "notifications" (the outbox), written in the transaction of
// what caused it. One thread sends it. A message is given its id before it is sent and keeps it: one that was
// on its way when the process was killed is sent again under the same id (at least once; web hooks get it as
// Idempotency-Key, mails as Message-ID; Slack and Teams have no such thing).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "vedette/base/cancellation.hpp"
#include "vedette/base/logger.hpp"
#include "vedette/base/result.hpp"
#include "vedette/cases/case.hpp"
#include "vedette/cases/incident_book.hpp"
#include "vedette/ports/http_client.hpp"
#include "vedette/ports/mail_sender.hpp"
#include "vedette/ports/record_store.hpp"
#include "vedette/ports/secret_store.hpp"

namespace vedette::cases {

// "notify_channels", "notify_rules", "notifications".
std::vector<ports::CollectionSchema> notify_collections();

enum class NotifyOn : std::uint8_t {
  opened,
  severity_raised,
  assigned,
  mentioned,
  status_changed,
  sla_near,  // 80 % of a target have passed
  sla_breached
};
inline constexpr int kNotifyOns = 7;
std::string_view notify_on_name(NotifyOn on);  // "opened", "severity_raised", ...
std::optional<NotifyOn> find_notify_on(std::string_view name);

inline constexpr std::size_t kMaxChannels = 100, kMaxNotifyRules = 200;  // of a tenant

struct Channel {
  enum class Kind : std::uint8_t { email, slack, teams, webhook } kind = Kind::webhook;
  std::string id, tenant, name;
  bool enabled = true;
  // email
  std::string host, user, from;
  std::uint16_t port = 587;
  ports::MailServer::Security security = ports::MailServer::Security::starttls;
  std::vector<std::string> to;
  // All. What is shown of the URL: of Slack and Teams the origin only, as the rest is a secret.
  std::string shown_url;
  std::string pinned_key;
  bool allow_private = false;
  std::uint32_t max_per_hour = 60;  // messages; more wait and come together in one
  std::string sealed;               // ChannelSecrets, as the SecretStore sealed them
  std::string by;                   // who changed it last
  base::TimeNs changed = 0;
  std::uint64_t version = 0;
};
std::string_view channel_kind_name(Channel::Kind kind);
std::optional<Channel::Kind> find_channel_kind(std::string_view name);

struct ChannelSecrets {
  std::string url;       // slack, teams, webhook
  std::string password;  // email
  std::string key;       // webhook: of the signature; empty: not signed
};

struct QuietHours {
  int from = 0, to = 0;                // minutes of the day, local; from > to: over midnight. Equal: none
  std::uint8_t days = 0x7f;            // bit 0: Monday, of the day on which they begin
  int utc_offset = 0;                  // minutes, -720..840
  std::optional<model::Level> unless;  // from this severity on they do not hold
};
struct NotifyRule {
  std::string id, tenant, name;
  bool enabled = true;
  std::vector<NotifyOn> on;           // at least one
  std::vector<std::string> channels;  // ids
  // All that is given must hold; of lists one item.
  model::Level least_severity = model::Level::informational;
  std::vector<std::string> tags, owners;
  std::vector<std::string> entities;  // values, * and ? as wildcards, in any case of ASCII
  std::vector<std::string> users;     // assigned, mentioned: only of these
  QuietHours quiet;                   // what comes then is told together when they end
  std::uint32_t digest_minutes = 0;   // 0: at once; else together, at times that are multiples of it
  std::string by;
  base::TimeNs changed = 0;
  std::uint64_t version = 0;
};
// invalid_argument: what is wrong, for people; "url: ..." names the member.
base::Status check_channel(const Channel& channel, const ChannelSecrets& secrets);
base::Status check_rule(const NotifyRule& rule);

// Something to tell, as it was when it happened.
struct Notice {
  NotifyOn on = NotifyOn::opened;
  std::string key;  // what is told once: the same key makes the same deliveries
  std::string tenant, incident, title, owner, by, detail;
  CaseStatus status = CaseStatus::new_case;
  model::Level severity = model::Level::medium;
  Tlp tlp = Tlp::amber;
  double risk = 0;
  std::vector<std::string> tags, users;
  std::vector<model::Entity> entities;  // the first 20
  base::TimeNs time = 0;
};
Notice notice_of(const CaseEvent& event, base::TimeNs now);
// Of clocks that have passed 80 % of their targets, but not these.
std::vector<Notice> near_notices(const Case& incident, base::TimeNs now);
bool applies(const NotifyRule& rule, const Notice& notice);
// The end of the quiet hours that `time` lies in; nullopt: in none.
std::optional<base::TimeNs> quiet_until(const QuietHours& quiet, base::TimeNs time);

struct Delivery {
  enum class State : std::uint8_t { waiting, sending, sent, failed } state = State::waiting;
  std::string id, tenant, channel, rule, message;  // message: the one it went with
  Notice notice;
  bool together = false;  // wants a message with others
  std::uint32_t attempts = 0;
  std::string error;  // of the last attempt
  base::TimeNs created = 0, due = 0, give_up = 0, sent = 0;
  std::uint64_t version = 0;
};
std::string_view delivery_state_name(Delivery::State state);

std::string to_json(const Channel& channel);
std::string to_json(const NotifyRule& rule);
std::string to_json(const Delivery& delivery);
base::Result<Channel> parse_channel(const ports::StoredRecord& record);
base::Result<NotifyRule> parse_notify_rule(const ports::StoredRecord& record);
base::Result<Delivery> parse_delivery(const ports::StoredRecord& record);
// To be applied by whoever also writes the audit entry.
ports::RecordWrite to_write(const Channel& channel, std::uint64_t expected_version);
ports::RecordWrite to_write(const NotifyRule& rule, std::uint64_t expected_version);
ports::RecordWrite to_write(const Delivery& delivery, std::uint64_t expected_version);
// Waiting again, at once, for a day.
Delivery retried(Delivery delivery, base::TimeNs now);

struct NotifierParts {
  ports::RecordStore* records = nullptr;
  const ports::SecretStore* secrets = nullptr;
  ports::HttpClient* http = nullptr;  // null: web hooks fail
  ports::MailSender* mail = nullptr;  // null: mails fail
  base::Logger* log = nullptr;        // may be null
  std::function<base::TimeNs()> now;
  std::string public_url;  // of the console, without a slash at its end; empty: no links
};

// Thread safe, but for send_due.
class Notifier final : public CaseObserver {
 public:
  explicit Notifier(NotifierParts parts);
  ~Notifier() override;  // as stop()

  // As an observer of cases: adds the deliveries. Rules that cannot be read are told to the log.
  void on(const CaseEvent& event, std::vector<ports::RecordWrite>& writes) override;
  // Deliveries that are not there yet, for others' transactions.
  base::Result<std::vector<ports::RecordWrite>> writes_for(std::span<const Notice> notices) const;
  // Writes them by itself.
  base::Status notify(std::span<const Notice> notices);

  base::Result<std::string> seal(const Channel& channel, const ChannelSecrets& secrets) const;
  base::Result<ChannelSecrets> open(const Channel& channel) const;
  // Sends a test message at once; the error says what the receiver or the network answered.
  base::Status test(const Channel& channel, const std::string& by,
                    const base::CancellationToken& cancellation);

  // Sends what is due; the number of messages that were sent. One thread.
  base::Result<std::size_t> send_due(const base::CancellationToken& cancellation);
  // Removes what was sent or given up 30 days ago; at most 1,000 a call.
  base::Status prune();
  // Looks for clocks that are near their targets. Each minute.
  base::Status check_near();

  // A thread that does these. stop() waits up to three seconds for the answer to what is being sent; then it
  // ends for good.
  void start();
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace vedette::cases
