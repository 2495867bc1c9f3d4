// A case: what people make of an incident. Plain data; times are nanoseconds since 1970.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "vedette/base/result.hpp"
#include "vedette/base/time.hpp"
#include "vedette/model/incident.hpp"

namespace vedette::cases {

enum class CaseStatus : std::uint8_t { new_case, triaged, in_progress, contained, closed };
std::string_view case_status_name(
    CaseStatus status);  // "new", "triaged", "in_progress", "contained", "closed"
// What it turned out to be; given when it is closed. The names of alerts' verdicts.
enum class Classification : std::uint8_t {
  none,
  true_positive,
  benign_positive,
  false_positive,
  duplicate,
  undetermined
};
std::string_view classification_name(Classification classification);
// FIRST's Traffic Light Protocol 2.0.
enum class Tlp : std::uint8_t { clear, green, amber, amber_strict, red };
std::string_view tlp_name(Tlp tlp);  // "clear", ..., "amber+strict", "red"

struct Task {
  std::string id, title, description, assignee, template_id;
  enum class State : std::uint8_t { open, done, skipped } state = State::open;
  base::TimeNs created = 0, due = 0, done = 0;  // 0: none
  std::string done_by;
};

// Service-level clocks of a case. Target 0: none. A pause (status waits for others) does not count.
struct Clock {
  enum class Kind : std::uint8_t { detect, acknowledge, contain, resolve } kind = Kind::detect;
  base::TimeNs started = 0, stopped = 0, target = 0, paused_since = 0, paused_for = 0;
  bool breached = false;
  bool running() const { return started != 0 && stopped == 0; }
  // When it passes its target; 0: it has none, is stopped or paused, or has passed it.
  base::TimeNs due() const;
  base::TimeNs elapsed(base::TimeNs now) const;  // pauses left out
};
std::string_view clock_kind_name(Clock::Kind kind);

// One entry of the timeline: written by people and by the node; alerts come from the incident's members.
struct Entry {
  std::string id;
  enum class Kind : std::uint8_t {
    comment,
    note,
    handover,
    event,
    alert,
    file,
    action,
    change
  } kind = Kind::note;
  base::TimeNs time = 0;  // where it stands in the timeline (people may move it)
  base::TimeNs written = 0, edited = 0;
  std::string by;                     // user name; empty: the node
  std::string text;                   // Markdown for people's, a plain sentence for the node's
  std::vector<std::string> mentions;  // user names
  std::uint64_t event_sequence = 0;   // event
  std::string alert_id;               // alert
  std::string document;               // event: its JSON when it was taken as evidence
  // file (its bytes are kept beside, by its hash)
  std::string file_name, sha256;
  std::uint64_t size = 0;
  bool evidence = false;  // people marked it as evidence
  // Chain of custody: who did what with it, in order.
  struct Custody {
    base::TimeNs time = 0;
    std::string by, what;
  };
  std::vector<Custody> custody;
};
std::string_view entry_kind_name(Entry::Kind kind);

struct Case {
  model::Incident incident;  // the engine's part
  CaseStatus status = CaseStatus::new_case;
  Classification classification = Classification::none;
  std::string closing_note;
  std::string owner;                     // user name; empty: nobody
  std::optional<model::Level> severity;  // people's word over the engine's
  std::string title;                     // people's; empty: the incident's
  std::string summary;                   // Markdown
  std::vector<std::string> tags;
  Tlp tlp = Tlp::amber;
  std::vector<Task> tasks;
  std::vector<Clock> clocks;
  std::vector<std::string> related;             // incidents
  std::vector<model::IncidentCommand> pending;  // told to the engine, which has not answered yet
  bool by_hand = false;                         // made by a person: the engine does not know it
  base::TimeNs created = 0, closed = 0;
  base::TimeNs changed = 0;  // by a person; later than the change before
  std::uint64_t version = 0;  // of the record, for If-Match

  std::string_view shown_title() const { return title.empty() ? incident.title : title; }
  model::Level shown_severity() const { return severity.value_or(incident.level); }
};

std::string to_json(const Case& value);
base::Result<Case> parse_case(std::string_view json);
std::string to_json(const Entry& value);
base::Result<Entry> parse_entry(std::string_view json);

}  // namespace vedette::cases
