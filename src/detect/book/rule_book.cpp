#include "vedette/detect/rule_book.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "book/book_records.hpp"
#include "vedette/base/text.hpp"
#include "vedette/base/yaml.hpp"

namespace vedette::detect {
namespace {

constexpr std::size_t kMaxRuleId = 128;
constexpr std::size_t kMaxBookText = 4096;  // titles, messages, reasons
constexpr std::size_t kMaxExceptionRules = 1'000;
constexpr std::string_view kBookPrefix = "book:";

base::Error bad(std::string message) {
  return base::make_error(base::ErrorCode::invalid_argument, std::move(message));
}

bool is_rule_id(std::string_view id) {
  return !id.empty() && id.size() <= kMaxRuleId && id != "." && id != ".." &&
         std::all_of(id.begin(), id.end(),
                     [](char c) { return base::is_alnum(c) || c == '.' || c == '_' || c == '-'; });
}

struct RuleHead {
  std::string id, title;
  std::optional<model::Level> level;
};

// Of the first document that has an id: of a correlation with its rules that is the first of them.
base::Result<RuleHead> head_of(std::string_view yaml) {
  if (yaml.size() > kMaxRuleBytes) {
    return base::make_error(base::ErrorCode::limit, "a rule has at most 1 MB");
  }
  const base::YamlStream stream = base::parse_yaml(yaml, "rule");
  for (const base::Diagnostic& diagnostic : stream.diagnostics) {
    if (diagnostic.severity == base::Severity::error) {
      return bad(fmt::format("line {}: {}", diagnostic.span.line, diagnostic.message));
    }
  }
  for (const base::YamlNode& document : stream.documents) {
    if (!document.is_mapping() || document.text("id").empty()) continue;
    RuleHead head;
    head.id = document.text("id");
    head.title = base::trim(document.text("title"));
    model::Level level = model::Level::medium;
    if (model::parse_level(document.text("level"), level)) head.level = level;
    if (!is_rule_id(head.id)) {
      return bad("the id must be 1 to 128 letters, digits, '.', '_' and '-'; a UUID is best");
    }
    if (head.title.empty() || head.title.size() > kMaxBookText) {
      return bad("the rule needs a title of at most 4096 bytes");
    }
    return head;
  }
  return bad("the rule needs an id; a UUID is best");
}

base::Status check_edit(const Edit& edit) {
  if (edit.message.size() <= kMaxBookText) return base::ok_status();
  return bad("a message has at most 4096 bytes");
}

base::Status check_version(const BookRule& rule, std::uint64_t version) {
  if (version == RuleBook::kAnyVersion || version == rule.version) return base::ok_status();
  return base::make_error(base::ErrorCode::busy, fmt::format("conflict: the rule {} has version {}, not {}",
                                                             rule.id, rule.version, version));
}

base::Error no_such_rule(std::string_view id) {
  return base::make_error(base::ErrorCode::not_found, fmt::format("no rule {} is in the book", id));
}

// All records of a collection that a query finds, at most `most`.
template <typename Item, typename Read>
base::Result<std::vector<Item>> read_all(const ports::RecordStore& records, std::string_view collection,
                                         std::size_t most, Read read) {
  std::vector<Item> items;
  ports::RecordQuery query;
  query.collection = collection;
  query.limit = 1'000;
  do {
    TRY_ASSIGN(ports::RecordPage page, records.find(query));
    for (const ports::StoredRecord& record : page.records) {
      if (items.size() == most) {
        return base::make_error(base::ErrorCode::limit,
                                fmt::format("there are more than {} {}", most, collection));
      }
      TRY_ASSIGN(Item item, read(record));
      items.push_back(std::move(item));
    }
    query.after = std::move(page.next);
  } while (!query.after.empty());
  return items;
}

base::Result<Exception> compiled(const BookException& exception, base::Diagnostics& diagnostics) {
  Exception out;
  auto condition = read_condition(exception.condition, "exceptions/" + exception.id, diagnostics);
  if (!condition) return bad("the condition cannot be read");
  out.id = exception.id;
  out.rules = exception.rules;
  out.condition = std::move(*condition);
  out.reason = exception.reason;
  out.owner = exception.owner;
  out.expires = exception.expires;
  return out;
}

base::Status check_exception(const BookException& exception) {
  if (!is_rule_id(exception.id)) return bad("the id must be 1 to 128 letters, digits, '.', '_' and '-'");
  if (exception.rules.size() > kMaxExceptionRules) return bad("an exception names at most 1000 rules");
  for (const std::string& rule : exception.rules) {
    if (rule.empty() || rule.size() > ports::kMaxIdBytes) return bad("an id of a rule is empty or too long");
  }
  for (const std::string* text : {&exception.reason, &exception.owner}) {
    if (base::trim(*text).empty() || text->size() > kMaxBookText) {
      return bad("an exception needs a reason and an owner, of at most 4096 bytes each");
    }
  }
  if (exception.condition.size() > kMaxConditionBytes) return bad("a condition has at most 64 KB");
  base::Diagnostics diagnostics;
  if (compiled(exception, diagnostics).ok()) return base::ok_status();
  for (const base::Diagnostic& diagnostic : diagnostics) {
    if (diagnostic.severity != base::Severity::error) continue;
    return bad(fmt::format("condition, line {}: {}", diagnostic.span.line, diagnostic.message));
  }
  return bad("the condition cannot be read");
}

}  // namespace

std::string book_file_name(std::string_view id) {
  return fmt::format("{}{}", kBookPrefix, id);
}

std::optional<std::string> id_of_book_file(std::string_view name) {
  if (!name.starts_with(kBookPrefix)) return std::nullopt;
  name.remove_prefix(kBookPrefix.size());
  if (!is_rule_id(name)) return std::nullopt;
  return std::string(name);
}

base::Result<BookRule> RuleBook::get(std::string_view id) const {
  TRY_ASSIGN(const auto record, records_.get(kRules, id));
  if (!record) return no_such_rule(id);
  return book_rule_of(*record);
}

base::Result<std::vector<BookRule>> RuleBook::all() const {
  return read_all<BookRule>(records_, kRules, kMaxBookRules, book_rule_of);
}

// The number of the next version; a rule that was deleted goes on counting.
base::Result<std::uint32_t> RuleBook::next_number(std::string_view id) const {
  ports::RecordQuery query;
  query.collection = kRuleVersions;
  query.tests = {{"rule_id", ports::ColumnTest::Op::equals, {std::string(id)}}};
  query.order_by = "number";
  query.descending = true;
  query.limit = 1;
  TRY_ASSIGN(const auto page, records_.find(query));
  if (page.records.empty()) return std::uint32_t{1};
  TRY_ASSIGN(const RuleVersion newest, rule_version_of(page.records.front()));
  return newest.number + 1;
}

base::Status RuleBook::add_version(Change& change, RuleVersion::Kind kind, const Edit& edit) const {
  BookRule& rule = change.rule;
  TRY_ASSIGN(rule.number, next_number(rule.id));
  rule.author = edit.author;
  rule.message = edit.message;
  rule.updated = edit.time;
  change.writes.push_back(
      to_write(RuleVersion{rule.id, rule.number, kind, edit.author, edit.message, rule.yaml, edit.time}));
  if (rule.number <= kKeptVersions) return base::ok_status();
  ports::RecordQuery query;
  query.collection = kRuleVersions;
  query.tests = {{"rule_id", ports::ColumnTest::Op::equals, {rule.id}},
                 {"number", ports::ColumnTest::Op::at_most, {std::int64_t{rule.number} - kKeptVersions}}};
  TRY_ASSIGN(const auto old, records_.find(query));
  for (const ports::StoredRecord& record : old.records) {
    change.writes.push_back(
        {ports::RecordWrite::Kind::remove, std::string(kRuleVersions), record.id, {}, {}});
  }
  return base::ok_status();
}

base::Result<RuleBook::Change> RuleBook::create(std::string yaml, const Edit& edit) const {
  TRY(check_edit(edit));
  TRY_ASSIGN(RuleHead head, head_of(yaml));
  TRY_ASSIGN(const auto there, records_.get(kRules, head.id));
  if (there) {
    return base::make_error(base::ErrorCode::busy, "conflict: there is a rule with the id " + head.id);
  }
  ports::RecordQuery count;
  count.collection = kRules;
  TRY_ASSIGN(const std::uint64_t rules, records_.count(count));
  if (rules >= kMaxBookRules) return base::make_error(base::ErrorCode::limit, "the book has 20000 rules");
  Change change;
  change.rule.id = std::move(head.id);
  change.rule.title = std::move(head.title);
  change.rule.level = head.level;
  change.rule.yaml = std::move(yaml);
  change.rule.created = edit.time;
  TRY(add_version(change, RuleVersion::Kind::created, edit));
  change.writes.push_back(to_write(change.rule, 0));
  return change;
}

base::Result<RuleBook::Change> RuleBook::update(std::string_view id, std::string yaml, const Edit& edit,
                                                std::uint64_t version) const {
  TRY(check_edit(edit));
  TRY_ASSIGN(BookRule rule, get(id));
  if (rule.of_file) return no_such_rule(id);
  TRY(check_version(rule, version));
  TRY_ASSIGN(RuleHead head, head_of(yaml));
  if (head.id != id) return bad("the id of a rule stays: make another rule instead");
  Change change{std::move(rule), {}};
  change.rule.title = std::move(head.title);
  change.rule.level = head.level;
  change.rule.yaml = std::move(yaml);
  TRY(add_version(change, RuleVersion::Kind::updated, edit));
  change.writes.push_back(to_write(change.rule, change.rule.version));
  return change;
}

base::Result<RuleBook::Change> RuleBook::remove(std::string_view id, const Edit& edit,
                                                std::uint64_t version) const {
  TRY(check_edit(edit));
  TRY_ASSIGN(BookRule rule, get(id));
  TRY(check_version(rule, version));
  Change change{std::move(rule), {}};
  if (!change.rule.of_file) TRY(add_version(change, RuleVersion::Kind::deleted, edit));
  change.writes.push_back(
      {ports::RecordWrite::Kind::remove, std::string(kRules), change.rule.id, {}, {}, change.rule.version});
  return change;
}

base::Result<RuleBook::Change> RuleBook::set_mode(std::string_view id, RuleMode mode, const Edit& edit,
                                                  std::uint64_t version) const {
  TRY(check_edit(edit));
  TRY_ASSIGN(BookRule rule, get(id));
  if (rule.of_file) return no_such_rule(id);
  TRY(check_version(rule, version));
  Change change{std::move(rule), {}};
  change.rule.mode = mode;
  change.rule.author = edit.author;
  change.rule.message = edit.message;
  change.rule.updated = edit.time;
  change.writes.push_back(to_write(change.rule, change.rule.version));
  return change;
}

base::Result<RuleBook::Change> RuleBook::set_file_rule(std::string_view id, std::string_view title,
                                                       RuleMode mode, std::optional<model::Level> level,
                                                       const Edit& edit, std::uint64_t version) const {
  TRY(check_edit(edit));
  if (id.empty() || id.size() > ports::kMaxIdBytes) return bad("the id of the rule is empty or too long");
  if (mode == RuleMode::draft) return bad("a rule of a file is active or disabled");
  TRY_ASSIGN(const auto record, records_.get(kRules, id));
  Change change;
  change.rule.created = edit.time;
  if (record) {
    TRY_ASSIGN(change.rule, book_rule_of(*record));
    if (!change.rule.of_file) return bad("the rule is not one of a file");
  }
  change.rule.id = id;
  TRY(check_version(change.rule, version));
  change.rule.title = title;
  change.rule.of_file = true;
  change.rule.mode = mode;
  change.rule.level = level;
  change.rule.author = edit.author;
  change.rule.message = edit.message;
  change.rule.updated = edit.time;
  change.writes.push_back(to_write(change.rule, change.rule.version));
  return change;
}

base::Result<RuleBook::Versions> RuleBook::versions(std::string_view id, std::string_view after,
                                                    std::uint32_t limit) const {
  ports::RecordQuery query;
  query.collection = kRuleVersions;
  query.tests = {{"rule_id", ports::ColumnTest::Op::equals, {std::string(id)}}};
  query.order_by = "number";
  query.descending = true;
  query.after = after;
  query.limit = limit;
  TRY_ASSIGN(ports::RecordPage page, records_.find(query));
  Versions versions;
  versions.next = std::move(page.next);
  for (const ports::StoredRecord& record : page.records) {
    TRY_ASSIGN(RuleVersion version, rule_version_of(record));
    versions.items.push_back(std::move(version));
  }
  return versions;
}

base::Result<RuleVersion> RuleBook::version(std::string_view id, std::uint32_t number) const {
  const auto none = [&] {
    return base::make_error(base::ErrorCode::not_found,
                            fmt::format("the rule {} has no version {}", id, number));
  };
  if (id.empty() || id.size() > kMaxRuleId) return none();
  TRY_ASSIGN(const auto record, records_.get(kRuleVersions, version_record_id(id, number)));
  if (!record) return none();
  return rule_version_of(*record);
}

base::Result<BookException> RuleBook::exception(std::string_view id) const {
  TRY_ASSIGN(const auto record, records_.get(kExceptions, id));
  if (!record) {
    return base::make_error(base::ErrorCode::not_found, fmt::format("there is no exception {}", id));
  }
  return book_exception_of(*record);
}

base::Result<RuleBook::Exceptions> RuleBook::exceptions(std::string_view after, std::uint32_t limit) const {
  ports::RecordQuery query;
  query.collection = kExceptions;
  query.after = after;
  query.limit = limit;
  TRY_ASSIGN(ports::RecordPage page, records_.find(query));
  Exceptions exceptions;
  exceptions.next = std::move(page.next);
  for (const ports::StoredRecord& record : page.records) {
    TRY_ASSIGN(BookException exception, book_exception_of(record));
    exceptions.items.push_back(std::move(exception));
  }
  return exceptions;
}

base::Result<ports::RecordWrite> RuleBook::put_exception(const BookException& exception,
                                                         std::uint64_t version) const {
  TRY(check_exception(exception));
  if (version == 0) {
    ports::RecordQuery count;
    count.collection = kExceptions;
    TRY_ASSIGN(const std::uint64_t exceptions, records_.count(count));
    if (exceptions >= kMaxBookRules)
      return base::make_error(base::ErrorCode::limit, "there are 20000 exceptions");
  }
  return to_write(exception, version);
}

ports::RecordWrite RuleBook::remove_exception(std::string_view id, std::uint64_t version) {
  return {ports::RecordWrite::Kind::remove, std::string(kExceptions), std::string(id), {}, {}, version};
}

base::Result<ActiveSources> RuleBook::active_sources() const {
  ActiveSources sources;
  TRY_ASSIGN(std::vector<BookRule> rules, all());
  for (BookRule& rule : rules) {
    if (rule.of_file) {
      if (rule.mode == RuleMode::disabled) sources.disabled.push_back(rule.id);
      if (rule.level) sources.levels.emplace_back(rule.id, *rule.level);
    } else if (rule.mode == RuleMode::active) {
      sources.files.push_back({book_file_name(rule.id), std::move(rule.yaml)});
      sources.ids.push_back(std::move(rule.id));
    }
  }
  TRY_ASSIGN(const auto exceptions,
             read_all<BookException>(records_, kExceptions, kMaxBookRules, book_exception_of));
  for (const BookException& exception : exceptions) {
    auto read = compiled(exception, sources.diagnostics);
    if (read.ok()) sources.exceptions.push_back(std::move(*read));
  }
  return sources;
}

}  // namespace vedette::detect
