// An incident for tests: hostile names, several stages, people's work.
#pragma once

#include <string>
#include <vector>

#include "vedette/cases/case.hpp"

namespace vedette::cases::test {

inline constexpr base::TimeNs kStoryStart = 1'772'600'000'000'000'000;  // 2026-03-04 04:53:20 UTC
inline constexpr base::TimeNs kStoryMinute = 60 * base::kNsPerSecond;
inline constexpr const char* kHostileText =
    "<script>alert('x')</script> [a](javascript:x) *b* | `c` & \"d\"\n# e";

struct Story {
  Case incident;
  std::vector<model::IncidentMember> members;
  std::vector<Entry> entries;
};

inline model::IncidentMember story_member(std::string id, std::string title, model::Level level, int minute,
                                          std::vector<std::string> tactics,
                                          std::vector<std::string> techniques,
                                          std::vector<model::Entity> entities) {
  model::IncidentMember member;
  member.id = std::move(id);
  member.rule_id = "rule-" + member.id;
  member.rule_title = std::move(title);
  member.level = level;
  member.first = kStoryStart + minute * kStoryMinute;
  member.last = member.first + 3 * kStoryMinute;
  member.alerts = 4;
  member.tactics = std::move(tactics);
  member.techniques = std::move(techniques);
  member.entities = std::move(entities);
  member.links = {{model::LinkKind::entity, model::Entity{model::EntityKind::host, "web1"}, "", 0.8,
                   "Shares the host web1 with 2 others within 10 minutes."}};
  member.evidence_reason = "A rule that never fired before.";
  return member;
}

inline Story story() {
  using model::EntityKind;
  using model::Level;
  Story out;
  out.members = {
      story_member("m1", "Web shell written to a folder of the web server", Level::high, 0,
                   {"initial-access"}, {"T1190"},
                   {{EntityKind::host, "web1"}, {EntityKind::ip, "198.51.100.7"}}),
      story_member("m2", "Encoded PowerShell command line", Level::medium, 6, {"execution"}, {"T1059.001"},
                   {{EntityKind::host, "web1"},
                    {EntityKind::user, "CORP\\svc_web"},
                    {EntityKind::process, "C:\\Windows\\System32\\powershell.exe"}}),
      story_member("m3", "LSASS memory read", Level::critical, 21, {"credential-access"}, {"T1003.001"},
                   {{EntityKind::host, "web1"},
                    {EntityKind::hash, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}}),
      story_member("m4", "Name looked up that nobody asked for before", Level::low, 34,
                   {"command-and-control"}, {"T1071.004"},
                   {{EntityKind::domain, "evil.example.net"}, {EntityKind::ip, "10.0.0.5"}})};
  model::Incident& seen = out.incident.incident;
  seen.id = "inc-00a1b2c3d4e5f607";
  seen.title = "Web shell, then credentials read on web1";
  seen.level = Level::critical;
  seen.risk = 87.4;
  seen.contributions = {{"tactics", 40, "4 tactics in their order."},
                        {"rule", 30, "LSASS memory read is critical."}};
  seen.first = kStoryStart;
  seen.last = kStoryStart + 37 * kStoryMinute;
  seen.opened = kStoryStart + 6 * kStoryMinute;
  seen.alerts = 16;
  seen.members = 4;
  for (const auto& member : out.members) {
    seen.tactics.push_back({member.tactics[0], member.first, member.techniques});
    for (const auto& entity : member.entities) {
      bool known = false;
      for (auto& listed : seen.entities) known = known || listed.entity == entity;
      if (!known) seen.entities.push_back({entity, member.alerts, 35, member.first, member.last});
    }
    seen.techniques.push_back(member.techniques[0]);
  }
  out.incident.status = CaseStatus::contained;
  out.incident.owner = "ada";
  out.incident.tags = {"web", "urgent"};
  out.incident.summary =
      "A web shell was put on **web1**.\n\n- credentials were read\n- the host is isolated";
  out.incident.created = kStoryStart + 7 * kStoryMinute;
  out.incident.changed = kStoryStart + 90 * kStoryMinute;
  out.incident.tasks = {{"t1", "Isolate web1", "Switch port 14", "ben", "", Task::State::done, kStoryStart, 0,
                         kStoryStart + 50 * kStoryMinute, "ben"},
                        {"t2", "Reset the pass words", "", "ada", "", Task::State::open, kStoryStart,
                         kStoryStart + 200 * kStoryMinute, 0, ""}};
  out.incident.clocks = {
      {Clock::Kind::acknowledge, kStoryStart + 7 * kStoryMinute, kStoryStart + 19 * kStoryMinute,
       30 * kStoryMinute, 0, 0, false},
      {Clock::Kind::resolve, kStoryStart + 7 * kStoryMinute, 0, 60 * kStoryMinute, 0, 0, true}};
  Entry comment;
  comment.id = "e1";
  comment.kind = Entry::Kind::comment;
  comment.time = comment.written = kStoryStart + 20 * kStoryMinute;
  comment.by = "ada";
  comment.text = "The shell is `cmd.aspx`.\n@ben please isolate the host.";
  comment.mentions = {"ben"};
  Entry file;
  file.id = "e2";
  file.kind = Entry::Kind::file;
  file.time = file.written = kStoryStart + 40 * kStoryMinute;
  file.by = "ben";
  file.file_name = "cmd.aspx";
  file.sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
  file.size = 4096;
  file.evidence = true;
  file.text = "Taken from the folder of uploads.";
  file.custody = {{file.time, "ben", "added"}, {file.time + kStoryMinute, "ada", "downloaded"}};
  Entry handover;
  handover.id = "e3";
  handover.kind = Entry::Kind::handover;
  handover.time = handover.written = kStoryStart + 80 * kStoryMinute;
  handover.by = "ada";
  handover.text = "Pass words are still to be reset; ask the web team for a clean image.";
  out.entries = {comment, file, handover};
  return out;
}

}  // namespace vedette::cases::test
