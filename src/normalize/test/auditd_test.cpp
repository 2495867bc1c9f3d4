#include <deque>

#include <gtest/gtest.h>

#include "formats/auditd_names.hpp"
#include "test/text_harness.hpp"

namespace vedette::normalize {
namespace {

std::string record(int second, int serial, const std::string& type, const std::string& rest = "x=1") {
  return "type=" + type + " msg=audit(" + std::to_string(1793697000 + second) +
         ".000:" + std::to_string(serial) + "): " + rest;
}

TEST(Auditd, JoinsInterleavedRecordsByTimeAndSerial) {
  TextRun run(auditd_format());
  std::deque<std::string> lines = {record(0, 1, "SYSCALL", "arch=c000003e syscall=59 pid=10"),
                                   record(0, 2, "SYSCALL", "arch=c000003e syscall=42 pid=20"),
                                   record(0, 1, "EXECVE", "argc=2 a0=\"ls\" a1=\"-l\""),
                                   record(0, 2, "PROCTITLE"),
                                   record(0, 1, "PROCTITLE"),
                                   record(0, 1, "EOE", "")};
  std::vector<Outcome> outcomes;
  for (const auto& line : lines) outcomes.push_back(run.line(line));
  EXPECT_EQ(outcomes, (std::vector{Outcome::held, Outcome::held, Outcome::held, Outcome::parsed,
                                   Outcome::parsed, Outcome::skipped}));
  const auto batch = run.finish();
  ASSERT_EQ(batch->size(), 2u);
  EXPECT_EQ(field_text((*batch)[0], "syscall"), "connect");
  EXPECT_EQ((*batch)[0].position(), 2u);
  EXPECT_EQ(field_text((*batch)[1], "type"), "SYSCALL|EXECVE|PROCTITLE");
  EXPECT_EQ(field_text((*batch)[1], "process.command_line"), "ls -l");
  EXPECT_EQ((*batch)[1].position(), 1u);
}

TEST(Auditd, KeepsAnEventThatStaysOpenWhileManyOthersCome) {
  TextRun run(auditd_format());
  std::deque<std::string> lines = {"node=a " + record(0, 1, "SYSCALL")};
  for (int serial = 2; serial < 1000; ++serial) {
    lines.push_back("node=b " + record(0, serial, "SYSCALL"));
    if (serial > 2) lines.push_back("node=b " + record(0, serial - 1, "PROCTITLE"));
  }
  lines.push_back("node=a " + record(0, 1, "PROCTITLE"));
  for (const auto& line : lines) run.line(line);
  const auto batch = run.finish();
  ASSERT_EQ(batch->size(), 999u);  // the last is the one of node b that is open at the end
  EXPECT_EQ(field_text((*batch)[997], "type"), "SYSCALL|PROCTITLE");
  EXPECT_EQ((*batch)[997].position(), 1u);
}

TEST(Auditd, ReleasesWhatANewerEventShowsToBeComplete) {
  TextRun run(auditd_format());
  std::deque<std::string> lines = {record(0, 1, "SYSCALL"), record(0, 64, "SYSCALL"),
                                   record(0, 65, "SYSCALL"), record(2, 66, "SYSCALL")};
  for (const auto& line : lines) EXPECT_EQ(run.line(line), Outcome::held);
  // 1 went when 65 came (64 serials on); 64 and 65 when 66 came (two seconds on).
  const auto batch = run.finish();
  ASSERT_EQ(batch->size(), 4u);
  EXPECT_EQ(field_text((*batch)[0], "event.sequence"), "1");
  EXPECT_EQ(field_text((*batch)[3], "event.sequence"), "66");
}

TEST(Auditd, HoldsABoundedNumberAndLosesNone) {
  TextRun run(auditd_format());
  std::deque<std::string> lines;
  // Many nodes, so that neither age nor distance releases anything.
  for (int i = 0; i < 5000; ++i) {
    lines.push_back("node=n" + std::to_string(i) + " " + record(0, 1, "SYSCALL", "pid=" + std::to_string(i)));
    EXPECT_EQ(run.line(lines.back()), Outcome::held);
  }
  const auto batch = run.finish();
  ASSERT_EQ(batch->size(), 5000u);
  for (std::size_t i = 0; i < batch->size(); ++i) {
    ASSERT_EQ(field_text((*batch)[i], "pid"), std::to_string(i));  // oldest first
  }
}

TEST(Auditd, AnEventThatIsTooLargeIsCutNotLost) {
  TextRun run(auditd_format());
  std::deque<std::string> lines;
  std::size_t parsed = 0;
  for (int i = 0; i < 100; ++i) {
    lines.push_back(record(0, 1, "PATH", "name=\"" + std::string(30'000, 'a') + std::to_string(i) + "\""));
    parsed += run.line(lines.back()) == Outcome::parsed;
  }
  EXPECT_GE(parsed, 2u);
  std::size_t names = 0;
  const auto batch = run.finish();
  model::FieldId name = model::intern("name");
  for (std::size_t i = 0; i < batch->size(); ++i) names += (*batch)[i].find(name)->elements().size();
  EXPECT_EQ(names, 100u);
}

TEST(Auditd, DoesNotHoldAsAPayload) {
  TextRun run(syslog_rfc3164_format());
  const std::string line =
      "Nov  3 09:12:00 h audispd: " + record(0, 1, "SYSCALL", "arch=c000003e syscall=59 pid=7");
  EXPECT_EQ(run.line(line), Outcome::parsed);
  const auto batch = run.finish();
  EXPECT_EQ(field_text((*batch)[0], "syscall"), "execve");
  EXPECT_EQ(field_text((*batch)[0], "event.dataset"), "auditd.log");
  EXPECT_EQ(field_text((*batch)[0], "process.pid"), "7");
}

TEST(Auditd, DecodesOnlyWhatAuditdEncodes) {
  TextRun run(auditd_format());
  const std::string line =
      record(0, 1, "USER_CMD",
             "pid=1 acct=726F6F74 comm=\"6162\" ses=6162 msg='cmd=6C73202D6C terminal=6162 res=1'");
  EXPECT_EQ(run.line(line), Outcome::parsed);
  const auto batch = run.finish();
  const auto event = (*batch)[0];
  EXPECT_EQ(field_text(event, "acct"), "root");
  EXPECT_EQ(field_text(event, "comm"), "6162");
  EXPECT_EQ(field_text(event, "ses"), "6162");
  EXPECT_EQ(field_text(event, "terminal"), "6162");
  EXPECT_EQ(field_text(event, "process.command_line"), "ls -l");
  EXPECT_EQ(field_text(event, "event.outcome"), "success");
}

TEST(Auditd, Names) {
  EXPECT_EQ(auditd::arch_name(0xc000003e), "x86_64");
  EXPECT_EQ(auditd::syscall_name("x86_64", 59), "execve");
  EXPECT_EQ(auditd::syscall_name("aarch64", 221), "execve");
  EXPECT_EQ(auditd::syscall_name("i386", 11), "execve");
  EXPECT_EQ(auditd::syscall_name("x86_64", 322), "execveat");
  EXPECT_EQ(auditd::syscall_name("x86_64", 1u << 30), "");
  EXPECT_EQ(auditd::syscall_name("vax", 1), "");
  EXPECT_EQ(auditd::record_type_name(1300), "SYSCALL");
  EXPECT_EQ(auditd::record_type_name(7), "");
  for (const char* name : {"execve", "connect", "openat", "unlink", "accept4", "init_module"}) {
    EXPECT_NE(auditd::meaning_of_syscall(name), nullptr) << name;
  }
  for (const char* name :
       {"USER_LOGIN", "ADD_USER", "SERVICE_STOP", "AVC", "EXECVE", "VIRT_CONTROL", "ACCT_LOCK"}) {
    EXPECT_NE(auditd::meaning_of_record(name), nullptr) << name;
  }
}

}  // namespace
}  // namespace vedette::normalize
