#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "attack_names.hpp"
#include "stix/objects.hpp"
#include "text_escape.hpp"
#include "vedette/cases/report.hpp"
#include "vedette/cases/stix.hpp"

namespace vedette::cases {
namespace {

using base::JsonWriter;

constexpr std::uint64_t kMostObserved = 999'999'999;  // of the standard
constexpr std::size_t kMaxText = 8192;

class StixBundle {
 public:
  StixBundle(const Case& incident, std::span<const model::IncidentMember> members, const StixOptions& options)
      : incident_(incident),
        seen_(incident.incident),
        options_(options),
        organization_(options.organization.empty() ? "Vedette" : options.organization),
        objects_({stix::object_id("identity", organization_), stix::marking_id(incident.tlp), created(),
                  modified()}),
        members_(members.first(std::min(members.size(), options.max_members))),
        left_out_(members.size() - members_.size()) {}

  std::string write() {
    objects_.add_marking(incident_.tlp);
    creator_ =
        objects_.add_identity(stix::object_id("identity", organization_), organization_, "organization");
    const std::string place = seen_.tenant + "/" + seen_.id;
    incident_id_ = add_incident(place);
    for (const auto& entity : seen_.entities) add_host(entity.entity, place);
    for (const auto& member : members_) add_member(member, place);
    add_indicators(place);
    add_report(place);
    return objects_.bundle(stix::object_id("bundle", place + " " + stix::timestamp(modified())));
  }

 private:
  base::TimeNs created() const { return incident_.created != 0 ? incident_.created : seen_.opened; }
  base::TimeNs modified() const { return std::max({created(), incident_.changed}); }

  std::string add_incident(const std::string& place) {
    return objects_.add("incident", stix::object_id("incident", place), [&](JsonWriter& json) {
      json.field("name", cut_text(plain_line(incident_.shown_title()), kMaxText));
      json.field("description", cut_text(description(), kMaxText));
      labels(json);
      json.key("external_references").begin_array().begin_object();
      json.field("source_name", "vedette").field("external_id", seen_.id).end_object().end_array();
    });
  }

  std::string description() const {
    std::string text = incident_.summary;
    if (text.empty()) text = fmt::format("{} alerts of {} kinds.", seen_.alerts, seen_.members);
    if (!incident_.closing_note.empty()) text += "\n\n" + incident_.closing_note;
    if (left_out_ > 0) text += fmt::format("\n\n{} kinds of alerts are left out of this bundle.", left_out_);
    return text;
  }

  void labels(JsonWriter& json) const {
    json.key("labels").begin_array();
    json.string(fmt::format("severity:{}", model::level_name(incident_.shown_severity())));
    json.string(fmt::format("status:{}", case_status_name(incident_.status)));
    if (incident_.classification != Classification::none) {
      json.string(fmt::format("verdict:{}", classification_name(incident_.classification)));
    }
    for (const std::string& tag : incident_.tags) json.string(cut_text(plain_line(tag), 256));
    json.end_array();
  }

  void add_host(const model::Entity& entity, const std::string& place) {
    if (entity.kind != model::EntityKind::host) return;
    const std::string id = objects_.add_identity(stix::object_id("identity", place + " host " + entity.value),
                                                 entity.value, "system");
    objects_.relate(incident_id_, "related-to", id);
  }

  std::string add_technique(const std::string& technique, const std::vector<std::string>& tactics) {
    std::vector<std::string> phases;
    for (const std::string& tactic : tactics) {
      const std::size_t place = tactic_place(tactic);
      if (place < kTacticNames.size()) phases.emplace_back(kTacticNames[place].tag);
    }
    // What differs has another id: also the times, which are the incident's.
    const std::string id = stix::object_id(
        "attack-pattern",
        fmt::format("{}/{} {} {}", seen_.tenant, seen_.id, technique, fmt::join(phases, " ")));
    return objects_.add("attack-pattern", id, [&](JsonWriter& json) {
      json.field("name", technique);
      if (!phases.empty()) {
        json.key("kill_chain_phases").begin_array();
        for (const std::string& phase : phases) {
          json.begin_object()
              .field("kill_chain_name", "mitre-attack")
              .field("phase_name", phase)
              .end_object();
        }
        json.end_array();
      }
      json.key("external_references").begin_array().begin_object();
      json.field("source_name", "mitre-attack").field("external_id", technique);
      json.field("url", technique_url(technique)).end_object().end_array();
    });
  }

  void add_member(const model::IncidentMember& member, const std::string& place) {
    std::vector<std::string> techniques;
    for (const std::string& technique : member.techniques) {
      if (!is_technique(technique)) continue;
      techniques.push_back(add_technique(technique, member.tactics));
      objects_.relate(incident_id_, "related-to", techniques.back());
    }
    std::vector<std::string> observables;
    for (const model::Entity& entity : member.entities) {
      std::string id = objects_.add_observable(entity);
      if (!id.empty()) observables.push_back(std::move(id));
    }
    if (observables.empty()) return;
    std::sort(observables.begin(), observables.end());
    observables.erase(std::unique(observables.begin(), observables.end()), observables.end());
    const std::string id = objects_.add(
        "observed-data", stix::object_id("observed-data", place + " " + member.id), [&](JsonWriter& json) {
          json.field("first_observed", stix::timestamp(member.first));
          json.field("last_observed", stix::timestamp(std::max(member.first, member.last)));
          json.field("number_observed", std::clamp<std::uint64_t>(member.alerts, 1, kMostObserved));
          json.key("labels").begin_array().string(cut_text(plain_line(member.rule_title), 512)).end_array();
          json.key("object_refs").begin_array();
          for (const std::string& ref : observables) json.string(ref);
          json.end_array();
        });
    objects_.relate(incident_id_, "related-to", id);
    for (const model::Entity& entity : member.entities) {
      Seen& seen = seen_of_[entity];
      seen.observed.push_back(id);
      seen.techniques.insert(techniques.begin(), techniques.end());
    }
  }

  void add_indicators(const std::string& place) {
    const bool malicious = incident_.classification == Classification::true_positive;
    for (const IncidentIndicator& indicator : incident_indicators(incident_, members_)) {
      const std::string pattern = stix::pattern_of(indicator.entity);
      if (pattern.empty()) continue;
      const std::string id = objects_.add(
          "indicator", stix::object_id("indicator", place + " " + pattern), [&](JsonWriter& json) {
            json.field("name", cut_text(plain_line(indicator.entity.value), 512));
            json.field("description", fmt::format("Seen in {} alerts of incident {}.", indicator.alerts, seen_.id));
            json.key("indicator_types").begin_array();
            json.string(malicious ? "malicious-activity" : "anomalous-activity").end_array();
            json.field("pattern", pattern).field("pattern_type", "stix").field("pattern_version", "2.1");
            json.field("valid_from", stix::timestamp(indicator.first != 0 ? indicator.first : created()));
          });
      objects_.relate(incident_id_, "related-to", id);
      const Seen& seen = seen_of_[indicator.entity];
      for (const std::string& observed : seen.observed) objects_.relate(id, "based-on", observed);
      for (const std::string& technique : seen.techniques) objects_.relate(id, "indicates", technique);
      add_sighting(id, indicator, seen.observed);
    }
  }

  void add_sighting(const std::string& id, const IncidentIndicator& indicator,
                    const std::vector<std::string>& observed) {
    objects_.add("sighting", stix::object_id("sighting", id), [&](JsonWriter& json) {
      if (indicator.first != 0) {
        json.field("first_seen", stix::timestamp(indicator.first));
        json.field("last_seen", stix::timestamp(std::max(indicator.first, indicator.last)));
      }
      json.field("count", std::clamp<std::uint64_t>(indicator.alerts, 1, kMostObserved));
      json.field("sighting_of_ref", id);
      if (!observed.empty()) {
        json.key("observed_data_refs").begin_array();
        for (const std::string& ref : observed) json.string(ref);
        json.end_array();
      }
      json.key("where_sighted_refs").begin_array().string(creator_).end_array();
    });
  }

  void add_report(const std::string& place) {
    const std::vector<std::string> refs = objects_.refs();
    objects_.add("report", stix::object_id("report", place), [&](JsonWriter& json) {
      json.field("name", cut_text(plain_line(incident_.shown_title()), kMaxText));
      json.field("description", cut_text(description(), kMaxText));
      json.key("report_types").begin_array().string("observed-data").end_array();
      json.field("published", stix::timestamp(modified()));
      json.key("object_refs").begin_array();
      for (const std::string& ref : refs) json.string(ref);
      json.end_array();
    });
  }

  struct Seen {
    std::vector<std::string> observed;
    std::set<std::string> techniques;
  };
  const Case& incident_;
  const model::Incident& seen_;
  const StixOptions& options_;
  const std::string organization_;
  stix::Objects objects_;
  const std::span<const model::IncidentMember> members_;
  const std::size_t left_out_;
  std::string creator_, incident_id_;
  std::map<model::Entity, Seen> seen_of_;
};

}  // namespace

std::string stix_bundle(const Case& incident, std::span<const model::IncidentMember> members,
                        const StixOptions& options) {
  return StixBundle(incident, members, options).write();
}

}  // namespace vedette::cases
