// Detection as code: rules of a folder to a server, if all of them are good there.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "vedette/base/cancellation.hpp"
#include "vedette/base/time.hpp"
#include "vedette/node/remote.hpp"

namespace vedette::node {

struct RulePushOptions {
  std::vector<std::string> paths;  // files and folders, as read_rule_files
  bool activate = false;
  bool dry_run = false;          // only checks
  base::TimeNs back_test = 0;    // over so much of what the server has stored, up to now; 0: none
  std::uint64_t max_alerts = 0;  // of a back-test
  std::string message;           // of the versions that are made
  std::function<void(const std::string&)> progress;  // a short sentence; not null
};

struct PushedRule {
  enum class Change : std::uint8_t { unknown, added, changed, same };
  enum class Result : std::uint8_t {
    checked,  // it is good; nothing was written (dry run, or others are not good)
    failed,
    unchanged,
    written,  // as a draft, or in place of the one that is active
    activated,
  };
  std::string file, id, title;
  Change change = Change::unknown;
  Result result = Result::checked;
  std::uint64_t lint_errors = 0, lint_warnings = 0;
  std::uint64_t cases = 0, cases_passed = 0;
  bool back_tested = false;
  std::uint64_t back_test_events = 0, back_test_alerts = 0;
  std::vector<std::string> problems;  // "FILE:LINE:COLUMN: error: ..."; escaped
};

struct RulePushReport {
  std::vector<PushedRule> rules;  // in order of their files
  std::string trouble;            // not of a rule: no connection, no permission; empty: none
  bool any_failed() const;
};

// First every rule is compared, linted, run over its cases and over history, as asked; only if all passed
// they are written, and only if all could be written they are activated. Blocks.
RulePushReport push_rules(RemoteServer& server, const RulePushOptions& options,
                          const base::CancellationToken& cancellation);

}  // namespace vedette::node
