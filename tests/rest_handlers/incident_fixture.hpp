// Incidents over a real store of events and a real record store:
//   inc-1: m-web (a2 and a4: host web, users u2 and u4) and m-db (a3: host db, user u3)
//   inc-2: m-five (a5: host db, user u0); inc-3: of tenant acme, m-acme (a20)
#pragma once

#include "handler_fixture.hpp"
#include "vedette/cases/incident_book.hpp"

namespace vedette::api::test {

struct RecordedCommands : cases::IncidentCommands {
  base::Status send(const model::IncidentCommand& command) override {
    sent.push_back(command);
    return base::ok_status();
  }
  std::vector<model::IncidentCommand> sent;
};

class IncidentFixture : public HandlerFixture {
 protected:
  void SetUp() override {
    HandlerFixture::SetUp();
    records_.reset();
    adapters::SqliteOptions sqlite;
    sqlite.file = folder_ + "/incidents.db";
    sqlite.collections = detect::alert_collections();
    for (auto& collection : cases::incident_collections()) sqlite.collections.push_back(collection);
    auto records = adapters::open_sqlite(sqlite);
    ASSERT_TRUE(records.ok()) << records.error().message;
    records_ = std::move(*records);
    book_ = std::make_unique<cases::IncidentBook>(*records_, &commands_);
    parts_.records = records_.get();
    parts_.incidents = book_.get();
    handlers_.clear();
    add_incident_handlers(handlers_, parts_);
    std::vector<model::AlertRecord> alerts;
    for (std::uint64_t n = 1; n <= 20; ++n) alerts.push_back(alert_of(n));
    ASSERT_TRUE(detect::AlertBook(*records_).add(alerts).ok());
    cases::EngineChanges changes;
    changes.incidents = {incident_of("inc-1", {2, 3, 4}), incident_of("inc-2", {5}),
                         incident_of("inc-3", {20})};
    changes.incidents[0].title = "Logins of u3 on db and web";
    changes.incidents[0].members = 2;
    changes.incidents[0].contributions = {{"rule", 20, "u3 logged in on db"}};
    changes.incidents[1].risk = 70;
    changes.incidents[2].tenant = "acme";
    changes.members = {{"inc-1", member_of("m-web", {2, 4})},
                       {"inc-1", member_of("m-db", {3})},
                       {"inc-2", member_of("m-five", {5})},
                       {"inc-3", member_of("m-acme", {20})}};
    model::IncidentLink link;
    link.entity = model::Entity{model::EntityKind::user, "u3"};
    link.other = "m-web";
    link.weight = 0.5;
    link.reason = "Both have u3";
    changes.members[1].member.links = {link};
    changes.entities = {
        {{model::EntityKind::user, "u3"}, "", 40, 1, kNow, kNow, kNow, 3, {{"rule", 40, "u3 did"}}},
        {{model::EntityKind::host, "db"}, "", 20, 2, kNow, kNow, kNow, 5, {}},
        {{model::EntityKind::host, "web"}, "acme", 20, 2, kNow, kNow, kNow, 5, {}}};
    ASSERT_TRUE(book_->apply(changes, kNow).ok());
  }
  void TearDown() override {
    book_.reset();
    HandlerFixture::TearDown();
  }

  static std::string user_of(std::uint64_t n) { return "u" + std::to_string(n % 5); }
  static std::string host_of(std::uint64_t n) { return n % 2 == 0 ? "web" : "db"; }
  static base::TimeNs time_of(std::uint64_t n) { return kNow - static_cast<base::TimeNs>(20 - n) * kMinute; }

  static model::AlertRecord alert_of(std::uint64_t n) {
    model::AlertRecord record;
    record.id = "a" + std::to_string(n);
    record.rule_id = "r" + std::to_string(n % 2);
    record.rule_title = "Rule " + record.rule_id;
    record.level = model::Level::high;
    record.risk_score = 75;
    record.time = time_of(n);
    record.detected = record.time + 1;
    record.group_key = "user=\"" + user_of(n) + "\"";
    record.entities = {{model::EntityKind::user, user_of(n)}, {model::EntityKind::host, host_of(n)}};
    record.event_ids = {expr::id_text(n)};
    record.document = R"({"host.name":")" + host_of(n) + R"(","user.name":")" + user_of(n) + "\"" +
                      (n >= 19 ? R"(,"vedette.tenant":"acme"})" : "}");
    return record;
  }
  static model::IncidentMember member_of(const std::string& id, const std::vector<std::uint64_t>& alerts) {
    model::IncidentMember member;
    member.id = id;
    member.rule_id = "r" + std::to_string(alerts[0] % 2);
    member.rule_title = "Rule " + member.rule_id;
    member.level = model::Level::high;
    member.group_key = "user=\"" + user_of(alerts[0]) + "\"";
    member.first = time_of(alerts.front());
    member.last = time_of(alerts.back());
    member.alerts = alerts.size();
    member.evidence = 0.5;
    member.evidence_reason = "New on " + host_of(alerts[0]);
    member.tactics = {alerts[0] % 2 == 0 ? "execution" : "initial-access"};
    for (const std::uint64_t n : alerts) {
      member.alert_ids.push_back("a" + std::to_string(n));
      for (const model::Entity& entity : alert_of(n).entities) member.entities.push_back(entity);
    }
    return member;
  }
  static model::Incident incident_of(const std::string& id, const std::vector<std::uint64_t>& alerts) {
    model::Incident incident;
    incident.id = id;
    incident.title = "Of " + id;
    incident.level = model::Level::high;
    incident.risk = 50;
    incident.first = time_of(alerts.front());
    incident.last = incident.updated = time_of(alerts.back());
    incident.opened = incident.last;
    incident.alerts = alerts.size();
    incident.members = 1;
    incident.revision = 1;
    for (const std::uint64_t n : alerts) {
      for (const model::Entity& entity : alert_of(n).entities) {
        const auto is_it = [&](const model::IncidentEntity& one) { return one.entity == entity; };
        if (std::none_of(incident.entities.begin(), incident.entities.end(), is_it))
          incident.entities.push_back({entity, 1, 10, time_of(n), time_of(n)});
      }
    }
    incident.tactics = {{"initial-access", incident.first, {}}};
    return incident;
  }

  using Parameters = std::vector<std::pair<std::string, std::string>>;
  Reply ask(const std::string& operation, const Principal& who, const Parameters& path = {},
            const std::string& body = {}, std::optional<std::uint64_t> version = {},
            const Parameters& query = {}) {
    CallDouble asked = call(operation, who);
    for (const auto& [name, value] : path) asked.with_path(name, value);
    for (const auto& [name, value] : query) asked.with_query(name, value);
    if (!body.empty()) asked.with_body(body);
    if (version) asked.with_if_match(*version);
    return answer(asked);
  }
  Reply get(const Principal& who, const std::string& id = "inc-1") {
    return ask("getIncident", who, {{"id", id}});
  }
  std::string ids(const Principal& who, const Parameters& query = {}) {
    const Reply reply = ask("listIncidents", who, {}, {}, {}, query);
    if (reply.status != 200) return std::to_string(reply.status);
    std::string out;
    const auto body = json_of(reply);
    for (const auto& item : body.at("items").as_array())
      out += std::string(item.as_object().at("id").as_string()) + " ";
    return out;
  }
  static Principal manager() {
    Principal who = everyone("meg");
    who.permissions.add(Permission::incidents_manage);
    who.permissions.add(Permission::alerts_read);
    return who;
  }

  RecordedCommands commands_;
  std::unique_ptr<cases::IncidentBook> book_;
};

}  // namespace vedette::api::test
