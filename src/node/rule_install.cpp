#include "vedette/node/rule_install.hpp"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "vedette/base/files.hpp"
#include "vedette/base/hash.hpp"
#include "vedette/ingest/inputs.hpp"
#include "vedette/node/content.hpp"

namespace vedette::node {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxRuleBytes = 4u << 20;
constexpr std::size_t kMaxRuleFiles = 100'000;
constexpr std::size_t kMaxSourceBytes = std::size_t{512} << 20;

// The part of a member's path that is safe to write: no root, no "..".
std::string safe_relative(std::string_view path) {
  fs::path safe;
  for (const fs::path& part : fs::path(path)) {
    if (part != ".." && part != "." && !part.has_root_path() && !part.empty()) safe /= part;
  }
  return safe.string();
}

// What is taken of a source, which may be a hostile archive.
class RuleCollector {
 public:
  explicit RuleCollector(const std::string& source) : source_(source) {}
  void take(const ingest::InputInfo& info, ingest::InputStream& stream);
  std::vector<detect::RuleFile> files;
  std::vector<ingest::InputProblem> problems;

 private:
  void refuse(const std::string& path, std::string why) {
    problems.push_back({path, base::make_error(base::ErrorCode::limit, std::move(why))});
  }

  const std::string& source_;
  std::size_t bytes_ = 0;
};

void RuleCollector::take(const ingest::InputInfo& info, ingest::InputStream& stream) {
  const bool may_be_rule = info.path.ends_with(".yml") || info.path.ends_with(".yaml");
  if (!may_be_rule || !problems.empty()) return;
  if (files.size() >= kMaxRuleFiles) return refuse(source_, "more rule files than 100,000");
  std::string text;
  std::array<char, 16 * 1024> piece;
  for (;;) {
    const auto n = stream.read(piece.data(), piece.size());
    if (!n || *n == 0) break;  // read_input() tells of an error
    text.append(piece.data(), *n);
    if (text.size() > kMaxRuleBytes) return refuse(info.path, "larger than a rule file can be (4 MiB)");
  }
  if (!is_rule_file(info.path, text)) return;
  bytes_ += text.size();
  if (bytes_ > kMaxSourceBytes) return refuse(source_, "more than 512 MiB of rules");
  text.shrink_to_fit();
  const std::string_view path = info.path;
  files.push_back({safe_relative(path.substr(std::min(path.size(), source_.size()))), std::move(text)});
}

base::Result<std::vector<detect::RuleFile>> read_source(const std::string& source) {
  RuleCollector rules(source);
  const ingest::InputLimits limits;
  for (const ingest::PlannedInput& input : ingest::plan_inputs({source}, limits, rules.problems)) {
    ingest::read_input(
        input, limits,
        [&](const ingest::InputInfo& info, ingest::InputStream& stream) { rules.take(info, stream); },
        nullptr, rules.problems);
  }
  if (!rules.problems.empty()) return rules.problems.front().error.with_context(rules.problems.front().path);
  if (rules.files.empty())
    return base::make_error(base::ErrorCode::not_found, "no rule file (*.yml) in " + source);
  return std::move(rules.files);
}

struct Known {
  std::string title;
  std::uint64_t hash = 0;
};

// Rules by id, with a hash of their file.
std::map<std::string, Known> by_id(const detect::RuleSet& rules, const std::vector<detect::RuleFile>& files) {
  std::map<std::string, std::uint64_t> hashes;
  for (const detect::RuleFile& file : files) hashes[file.name] = base::hash64(file.text);
  std::map<std::string, Known> known;
  for (const detect::Rule& rule : rules.rules)
    known[rule.info->id] = {rule.info->title, hashes[rule.info->file]};
  for (const auto& rule : rules.correlations)
    known[rule.info->id] = {rule.info->title, hashes[rule.info->file]};
  return known;
}

void compare(const std::map<std::string, Known>& before, const std::map<std::string, Known>& after,
             InstallReport& report) {
  for (const auto& [id, rule] : after) {
    const auto old = before.find(id);
    if (old == before.end()) {
      report.added.push_back(rule.title);
    } else if (old->second.hash != rule.hash) {
      report.changed.push_back(rule.title);
    } else {
      ++report.unchanged;
    }
  }
  for (const auto& [id, rule] : before) {
    if (!after.contains(id)) report.removed.push_back(rule.title);
  }
}

// Not each file synced to the disk: nobody reads the folder before it is swapped in.
base::Status write_all(const std::vector<detect::RuleFile>& files, const fs::path& folder) {
  for (const detect::RuleFile& file : files) {
    const fs::path to = folder / file.name;
    std::error_code error;
    fs::create_directories(to.parent_path(), error);
    if (error) return base::make_error(base::ErrorCode::io, "cannot make " + to.parent_path().string());
    std::ofstream out(to, std::ios::binary);
    out << file.text;
    if (!out.flush()) return base::make_error(base::ErrorCode::io, "cannot write " + to.string());
  }
  return base::ok_status();
}

base::Status swap_in(const fs::path& fresh, const fs::path& target) {
  const fs::path old = target.string() + ".old";
  std::error_code error;
  fs::remove_all(old, error);
  if (fs::exists(target)) fs::rename(target, old, error);
  if (!error) fs::rename(fresh, target, error);
  if (error)
    return base::make_error(base::ErrorCode::io,
                            "cannot replace " + target.string() + ": " + error.message());
  fs::remove_all(old, error);
  return base::ok_status();
}

}  // namespace

std::string default_rule_directory() {
  if (const char* directory = std::getenv("VEDETTE_RULES_DIR")) return directory;
  if (const char* data = std::getenv("XDG_DATA_HOME")) return std::string(data) + "/vedette/rules";
  const char* home = std::getenv("HOME");
  return std::string(home ? home : ".") + "/.local/share/vedette/rules";
}

base::Result<InstallReport> install_rules(const std::string& source, const std::string& directory,
                                          const std::string& name, bool check_only) {
  // What stands under the name is replaced as a whole: it must not be the directory itself, nor outside it.
  if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos) {
    return base::make_error(base::ErrorCode::invalid_argument,
                            "'" + name + "' is no name of a rule set: it is one folder's name");
  }
  TRY_ASSIGN(const auto files, read_source(source));
  InstallReport report;
  report.files = files.size();
  const fs::path target = fs::path(directory) / name;
  report.directory = target.string();
  report.rules = detect::load_rules(files, {});
  if (report.rules.rules.empty() && report.rules.correlations.empty()) {
    return base::make_error(base::ErrorCode::invalid_argument,
                            "none of the files in " + source + " is a rule that loads");
  }
  std::map<std::string, Known> before;
  if (fs::exists(target)) {
    TRY_ASSIGN(const auto old_files, read_rule_files(target.string()));
    before = by_id(detect::load_rules(old_files, {}), old_files);
  }
  compare(before, by_id(report.rules, files), report);
  if (check_only) return report;
  const fs::path fresh = target.string() + ".new";
  std::error_code error;
  fs::remove_all(fresh, error);
  TRY(write_all(files, fresh));
  TRY(swap_in(fresh, target));
  return report;
}

}  // namespace vedette::node
