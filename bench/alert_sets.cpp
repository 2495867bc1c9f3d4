#include "alert_sets.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <memory>
#include <set>

#include <zlib.h>

#include "vedette/base/text.hpp"

namespace vedette::bench {
namespace {

class Texts {
 public:
  explicit Texts(AlertSet& set) : set_(set) {}
  std::uint32_t index(std::string_view text) {
    const auto [it, fresh] =
        known_.try_emplace(std::string(text), static_cast<std::uint32_t>(set_.texts.size()));
    if (fresh) set_.texts.emplace_back(text);
    return it->second;
  }

 private:
  AlertSet& set_;
  std::map<std::string, std::uint32_t, std::less<>> known_;
};

// time,name,ip,host,short,time_label,event_label: the name may hold commas.
bool read_line(std::string_view line, Texts& texts, LabelledAlert& out) {
  std::string_view fields[5];
  for (int i = 4; i >= 0; --i) {
    const std::size_t comma = line.rfind(',');
    if (comma == std::string_view::npos) return false;
    fields[i] = line.substr(comma + 1);
    line = line.substr(0, comma);
  }
  const std::size_t comma = line.find(',');
  if (comma == std::string_view::npos) return false;
  const auto read = std::from_chars(line.data(), line.data() + comma, out.seconds);
  if (read.ec != std::errc{}) return false;
  out.name = texts.index(line.substr(comma + 1));
  out.ip = texts.index(fields[0]);
  out.host = texts.index(fields[1]);
  out.rule = texts.index(fields[2]);
  out.time_label = texts.index(fields[3]);
  out.event_label = texts.index(fields[4]);
  return true;
}

struct LevelWord {
  std::string_view word;
  model::Level level;
};
// The first that occurs decides; what none fits is of medium level.
constexpr LevelWord kLevelWords[] = {
    {"sudo", model::Level::medium},           // use of privileges
    {"changed uid", model::Level::medium},    //
    {"brute force", model::Level::medium},    //
    {"multiple", model::Level::medium},       // a sum of weaker ones
    {"attack", model::Level::medium},         //
    {"exploit", model::Level::medium},        //
    {"et scan", model::Level::medium},        // rule sets of Emerging Threats by their classes' priorities
    {"et hunting", model::Level::medium},     //
    {"dns query", model::Level::medium},      // "potentially bad traffic"
    {"et info", model::Level::low},           //
    {"et policy", model::Level::low},         //
    {"alert - suricata", model::Level::low},  // decoder events
    {"success", model::Level::informational},
    {"database update", model::Level::informational},
    {"session opened", model::Level::informational},
    {"session closed", model::Level::informational},
    {"permission check", model::Level::informational},
    {"ids event", model::Level::low},
    {"ids alert", model::Level::low},
    {"error code", model::Level::low},
    {"failed", model::Level::low},
    {"failure", model::Level::low},
    {"invalid", model::Level::low},
    {"forbidden", model::Level::low},
    {"login attempt", model::Level::low},
    {"scan", model::Level::low},
};

// Sessions of a rule on a host and where they are.
class Places {
 public:
  explicit Places(const Outcome& outcome) {
    std::map<std::string, int> numbers;
    for (const auto& [id, incident] : outcome.incidents)
      numbers.emplace(id, static_cast<int>(numbers.size()));
    for (const auto& [id, member] : outcome.members) {
      const auto number = numbers.find(member.incident);
      if (number == numbers.end()) continue;
      sessions_[{member.member.rule_id, member.member.group_key}].push_back(
          {member.member.first, member.member.last, number->second});
    }
    for (auto& [key, sessions] : sessions_) std::sort(sessions.begin(), sessions.end());
  }
  // -1: in no incident.
  int of(const std::string& rule, const std::string& key, base::TimeNs time) const {
    const auto it = sessions_.find({rule, key});
    if (it == sessions_.end()) return -1;
    const auto next = std::upper_bound(it->second.begin(), it->second.end(), Session{time, INT64_MAX, 0});
    if (next == it->second.begin()) return -1;
    const Session& session = *std::prev(next);
    return time <= session.last ? session.incident : -1;
  }

 private:
  struct Session {
    base::TimeNs first, last;
    int incident;
    auto operator<=>(const Session&) const = default;
  };
  std::map<std::pair<std::string, std::string>, std::vector<Session>> sessions_;
};

// Averages over the attack alerts of an incident, and over all.
double b_cubed_of(
    const std::map<int, std::map<int, std::uint64_t>>& counts,  // incident, class, attack alerts
    const std::map<int, std::uint64_t>& sizes, const std::map<int, std::uint64_t>& classes) {
  double precision = 0, recall = 0, all = 0;
  for (const auto& [incident, of_class] : counts) {
    for (const auto& [label, count] : of_class) {
      const auto items = static_cast<double>(count);
      all += items;
      if (incident < 0) {  // each alone
        precision += items;
        recall += items / static_cast<double>(classes.at(label));
        continue;
      }
      precision += items * items / static_cast<double>(sizes.at(incident));
      recall += items * items / static_cast<double>(classes.at(label));
    }
  }
  if (all == 0) return 0;
  precision /= all;
  recall /= all;
  return precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall);
}

Measures measure(const AlertSet& set, const std::vector<int>& incidents,
                 const std::vector<std::uint32_t>& labels, std::string_view no_attack) {
  Measures out;
  std::map<int, std::uint64_t> sizes;
  std::map<int, std::map<int, std::uint64_t>> one, two;
  std::map<int, std::uint64_t> classes_one, classes_two;
  std::map<std::uint32_t, std::set<int>> phases;
  for (std::size_t i = 0; i < set.alerts.size(); ++i) {
    ++sizes[incidents[i]];
    const std::string& label = set.text(labels[i]);
    if (label == no_attack) continue;
    ++out.attack_alerts;
    const int part = label == "dnsteal" || label == "service_stop" ? 1 : 0;
    ++one[incidents[i]][0];
    ++two[incidents[i]][part];
    ++classes_one[0];
    ++classes_two[part];
    phases[labels[i]].insert(incidents[i]);
  }
  std::vector<std::pair<std::uint64_t, int>> most;
  for (const auto& [incident, of_class] : one) {
    if (incident >= 0) most.emplace_back(of_class.at(0), incident);
  }
  std::sort(most.rbegin(), most.rend());
  if (most.size() > 3) most.resize(3);
  std::uint64_t attack = 0, all = 0;
  std::set<int> three;
  for (const auto& [count, incident] : most) {
    attack += count;
    all += sizes[incident];
    three.insert(incident);
  }
  out.share_in_three =
      out.attack_alerts ? static_cast<double>(attack) / static_cast<double>(out.attack_alerts) : 0;
  out.purity = all ? static_cast<double>(attack) / static_cast<double>(all) : 0;
  out.b_cubed = b_cubed_of(one, sizes, classes_one);
  out.b_cubed_two = b_cubed_of(two, sizes, classes_two);
  for (const auto& [label, where] : phases) {
    out.phases.push_back(set.text(label));
    if (where.size() == 1 && *where.begin() < 0) out.phases_lost.push_back(set.text(label));
    if (std::none_of(where.begin(), where.end(), [&](int incident) { return three.contains(incident); }))
      out.phases_outside_three.push_back(set.text(label));
  }
  return out;
}

}  // namespace

double thread_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

std::string alert_sets_folder() {
  const char* set = std::getenv("VEDETTE_SHARED");
  const std::string folder = std::string(set ? set : "../shared") + "/data/ml/alerts/ait_ads";
  return std::filesystem::exists(folder) ? folder : "";
}

base::Result<AlertSet> read_alert_set(const std::string& folder, const std::string& name) {
  const std::string path = folder + "/" + name + "_alerts.csv.gz";
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> file(gzopen(path.c_str(), "rb"), gzclose);
  if (!file) return base::make_error(base::ErrorCode::io, "cannot open " + path);
  AlertSet set;
  set.name = name;
  Texts texts(set);
  char buffer[4096];
  for (bool head = true; gzgets(file.get(), buffer, sizeof buffer); head = false) {
    std::string_view line = buffer;
    while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
    if (head || line.empty()) continue;
    LabelledAlert alert;
    if (!read_line(line, texts, alert))
      return base::make_error(base::ErrorCode::corrupt, path + " has a line that is no alert");
    set.alerts.push_back(alert);
  }
  std::stable_sort(set.alerts.begin(), set.alerts.end(),
                   [](const LabelledAlert& a, const LabelledAlert& b) { return a.seconds < b.seconds; });
  return set;
}

model::Level level_of_name(std::string_view name) {
  const std::string lower = base::to_lower_ascii(name);
  for (const LevelWord& word : kLevelWords) {
    if (lower.find(word.word) != std::string::npos) return word.level;
  }
  return model::Level::medium;
}

model::AlertRecord record_of(const AlertSet& set, std::size_t index) {
  const LabelledAlert& alert = set.alerts[index];
  model::AlertRecord record;
  record.id = set.name + "-" + std::to_string(index);
  record.rule_id = set.text(alert.rule);
  record.rule_title = set.text(alert.name);
  record.level = level_of_name(record.rule_title);
  record.time = alert.seconds * base::kNsPerSecond;
  record.entities = {{model::EntityKind::host, set.text(alert.host)},
                     {model::EntityKind::ip, set.text(alert.ip)}};
  record.group_key = "host=\"" + set.text(alert.host) + "\"";
  return record;
}

Outcome replay(const AlertSet& set, correlate::Engine& engine, std::size_t batch) {
  Outcome out;
  const auto take = [&] {
    correlate::Changes changes = engine.take_changes();
    for (model::Incident& incident : changes.incidents) {
      if (incident.merged_into.empty()) {
        out.incidents[incident.id] = std::move(incident);
      } else {
        out.incidents.erase(incident.id);
      }
    }
    for (auto& member : changes.members) out.members[member.member.id] = std::move(member);
  };
  for (std::size_t i = 0; i < set.alerts.size(); ++i) {
    const model::AlertRecord record = record_of(set, i);
    const double start = thread_seconds();
    engine.add(record);
    if (i % batch == batch - 1) take();
    out.seconds += thread_seconds() - start;
  }
  take();
  out.counts = engine.counts();
  return out;
}

Evaluation evaluate(const AlertSet& set, const Outcome& outcome) {
  Evaluation out;
  out.alerts = set.alerts.size();
  out.incidents = outcome.incidents.size();
  if (set.alerts.empty()) return out;
  out.days = static_cast<double>(set.alerts.back().seconds - set.alerts.front().seconds) / 86400;
  out.a_day = static_cast<double>(out.incidents) / std::max(1.0, out.days);
  out.fewer = 1 - static_cast<double>(out.incidents) / static_cast<double>(out.alerts);
  const Places places(outcome);
  std::vector<int> incidents;
  std::vector<std::uint32_t> by_event, by_time;
  for (const LabelledAlert& alert : set.alerts) {
    incidents.push_back(places.of(set.text(alert.rule), "host=\"" + set.text(alert.host) + "\"",
                                  alert.seconds * base::kNsPerSecond));
    by_event.push_back(alert.event_label);
    by_time.push_back(alert.time_label);
  }
  out.by_event = measure(set, incidents, by_event, "-");
  out.by_time = measure(set, incidents, by_time, "false_positive");
  return out;
}

}  // namespace vedette::bench
