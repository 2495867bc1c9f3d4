// RuleBook: rules that people write, what they changed of the rules of files, and exceptions, as records.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "vedette/base/diagnostic.hpp"
#include "vedette/base/result.hpp"
#include "vedette/base/time.hpp"
#include "vedette/detect/live.hpp"
#include "vedette/detect/rule_set.hpp"
#include "vedette/model/rule.hpp"
#include "vedette/ports/record_store.hpp"

namespace vedette::detect {

// "rules" (columns origin, mode, level, title, updated), "rule_versions" (rule_id, number, time) and
// "exceptions" (owner, expires, updated).
std::vector<ports::CollectionSchema> book_collections();

inline constexpr std::size_t kMaxRuleBytes = 1u << 20;        // of one rule's YAML
inline constexpr std::uint32_t kKeptVersions = 200;           // of one rule; older ones go
inline constexpr std::size_t kMaxBookRules = 20'000;          // and as many exceptions
inline constexpr std::size_t kMaxConditionBytes = 64u << 10;  // of an exception

enum class RuleMode : std::uint8_t { draft, active, disabled };
std::string_view rule_mode_name(RuleMode mode);
std::optional<RuleMode> parse_rule_mode(std::string_view name);

// A rule as the book has it. A rule of a file is in the book only if something was changed of it: then `yaml`
// is empty, `mode` active or disabled, and `level` set if it replaces that of the file.
struct BookRule {
  std::string id, title;
  bool of_file = false;
  RuleMode mode = RuleMode::draft;
  std::optional<model::Level> level;  // of a rule of the book: as its YAML says
  std::string yaml;
  std::uint32_t number = 0;     // of the newest version; 0 for rules of files
  std::string author, message;  // of the newest change
  base::TimeNs created = 0, updated = 0;
  std::uint64_t version = 0;  // of the record; 0: not written yet
};

struct RuleVersion {
  enum class Kind : std::uint8_t { created, updated, deleted };
  std::string rule_id;
  std::uint32_t number = 0;  // from 1; goes on when a deleted rule is made again
  Kind kind = Kind::created;
  std::string author, message, yaml;  // of a deleted rule: the text it had
  base::TimeNs time = 0;
};
std::string_view version_kind_name(RuleVersion::Kind kind);

// An exception as its author wrote it.
struct BookException {
  std::string id;
  std::vector<std::string> rules;  // ids; empty: all
  std::string condition;           // a Sigma detection as YAML
  std::string reason, owner;
  base::TimeNs expires = 0;  // 0: never
  std::string author;        // of the last change
  base::TimeNs created = 0, updated = 0;
  std::uint64_t version = 0;
};

// Who changes something, when and why.
struct Edit {
  std::string author, message;
  base::TimeNs time = 0;
};

// What the node compiles besides its files.
struct ActiveSources {
  std::vector<RuleFile> files;        // active rules, named book_file_name(id)
  std::vector<std::string> ids;       // of these: rules of files with the same id give way to them
  std::vector<std::string> disabled;  // rules of files
  std::vector<std::pair<std::string, model::Level>> levels;  // of rules of files
  std::vector<Exception> exceptions;
  base::Diagnostics diagnostics;  // of exceptions that can no longer be read; they are left out
};
std::string book_file_name(std::string_view id);                    // "book:<id>"
std::optional<std::string> id_of_book_file(std::string_view name);  // nullopt: another file

// Makes the writes of a change, for the caller to apply with its audit entry; they fail with busy if somebody
// else was faster. Thread safe as the record store is. Errors: not_found; invalid_argument (the text);
// busy (the id is taken, or the version is another: "conflict ..."); limit; those of the store.
class RuleBook {
 public:
  explicit RuleBook(const ports::RecordStore& records) : records_(records) {}

  struct Change {
    BookRule rule;  // as it will be; `version` is that before
    std::vector<ports::RecordWrite> writes;
  };
  // `version`: the version the record must have; kAnyVersion: any.
  static constexpr std::uint64_t kAnyVersion = ports::RecordWrite::kAnyVersion;

  base::Result<BookRule> get(std::string_view id) const;
  base::Result<std::vector<BookRule>> all() const;  // by id
  // The YAML needs an id ([A-Za-z0-9._-]{1,128}) and a title; whether it compiles is not asked. A new rule is
  // a draft. An update keeps the mode.
  base::Result<Change> create(std::string yaml, const Edit& edit) const;
  base::Result<Change> update(std::string_view id, std::string yaml, const Edit& edit,
                              std::uint64_t version) const;
  base::Result<Change> remove(std::string_view id, const Edit& edit, std::uint64_t version) const;
  base::Result<Change> set_mode(std::string_view id, RuleMode mode, const Edit& edit,
                                std::uint64_t version) const;
  // Of a rule of a file; makes the record if there is none (version 0 or any). `mode` is not draft.
  base::Result<Change> set_file_rule(std::string_view id, std::string_view title, RuleMode mode,
                                     std::optional<model::Level> level, const Edit& edit,
                                     std::uint64_t version) const;

  struct Versions {
    std::vector<RuleVersion> items;  // newest first
    std::string next;
  };
  base::Result<Versions> versions(std::string_view id, std::string_view after, std::uint32_t limit) const;
  base::Result<RuleVersion> version(std::string_view id, std::uint32_t number) const;

  base::Result<BookException> exception(std::string_view id) const;
  struct Exceptions {
    std::vector<BookException> items;
    std::string next;
  };
  base::Result<Exceptions> exceptions(std::string_view after, std::uint32_t limit) const;
  // Checks it, too. `version` 0: a new one.
  base::Result<ports::RecordWrite> put_exception(const BookException& exception, std::uint64_t version) const;
  static ports::RecordWrite remove_exception(std::string_view id, std::uint64_t version);

  base::Result<ActiveSources> active_sources() const;

 private:
  base::Result<std::uint32_t> next_number(std::string_view id) const;
  base::Status add_version(Change& change, RuleVersion::Kind kind, const Edit& edit) const;

  const ports::RecordStore& records_;
};

// Reads the condition of an exception; errors are in `diagnostics`.
std::optional<model::Predicate> read_condition(std::string_view yaml, std::string_view file,
                                               base::Diagnostics& diagnostics);

// Which rows of a batch meet the condition, with the fields and values of rules. One thread at a time.
class ConditionMatcher {
 public:
  ConditionMatcher(model::Predicate condition, Taxonomy taxonomy);
  std::vector<bool> matches(const model::EventBatch& batch);

 private:
  Engine engine_;
  Detector detector_;
  std::vector<RuleHit> hits_;
};

// Lines of `before` and `after` as a unified diff with three lines around each change; empty: no difference.
// limit: a text above kMaxRuleBytes. Work is bounded: where the texts differ in too many places the rest is
// shown as replaced whole.
base::Result<std::string> unified_diff(std::string_view before, std::string_view after,
                                       std::string_view before_name, std::string_view after_name);

}  // namespace vedette::detect
