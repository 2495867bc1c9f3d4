// AlertRecord: an alert as it is kept and passed between roles: plain data without the batch.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "vedette/base/result.hpp"
#include "vedette/model/alert.hpp"

namespace vedette::model {

enum class EntityKind : std::uint8_t { user, host, ip, process, file, hash, domain, cloud_account };
std::string_view entity_kind_name(EntityKind kind);

struct Entity {
  EntityKind kind = EntityKind::user;
  std::string value;
  auto operator<=>(const Entity&) const = default;
};
// The entities an event names, sorted, each once, at most 64: user.name (with user.domain), host.name,
// *.ip, process.executable (else process.name), file.path, hashes, dns.question.name and url.domain,
// cloud.account.id and the like.
std::vector<Entity> entities_of(const Event& event);

struct AlertRecord {
  std::string id;
  std::string rule_id, rule_title;
  Level level = Level::medium;
  std::vector<std::string> techniques, tactics;  // ATT&CK, of the rule's tags
  std::vector<std::string> tags;
  base::TimeNs time = 0;      // event time
  base::TimeNs detected = 0;  // when the stream found it
  int risk_score = 0;         // 0..100, of the level until others know better
  // What alerts of one rule are grouped by: values of the rule's group fields, else its main entities.
  std::string group_key;
  std::vector<Match> matches;
  std::vector<Entity> entities;
  std::uint64_t event_sequence = 0;           // of the event, 0: none
  std::vector<std::uint64_t> more_sequences;  // of other events of a correlation
  std::vector<std::string> event_ids;
  std::string correlation_type;  // empty for plain rules
  double correlation_value = 0;
  std::uint64_t suppressed = 0;  // alerts of the same key that this one stands for, besides itself
  std::string document;          // append_json(alert): the whole ECS document
};

AlertRecord to_record(const Alert& alert, base::TimeNs detected);
int risk_of(Level level);  // 10, 25, 50, 75, 95

// One JSON object, no newline; parse_alert_record reads it back (corrupt on anything else).
std::string to_json(const AlertRecord& record);
base::Result<AlertRecord> parse_alert_record(std::string_view json);

// Alerts on the bus: a row each, with event.kind "alert", @timestamp, vedette.alert.id and the JSON text in
// vedette.alert.record. alert_records() passes over rows of commands (vedette/model/incident.hpp).
std::shared_ptr<const EventBatch> alert_batch(std::span<const AlertRecord> records);
base::Result<std::vector<AlertRecord>> alert_records(const EventBatch& batch);

}  // namespace vedette::model
