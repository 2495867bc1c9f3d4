#include "formats/key_rules.hpp"

#include "formats/text_fields.hpp"

namespace vedette::normalize {
namespace {

using model::Value;

std::string_view lower_copy(Row& row, std::string_view text) {
  char* to = row.arena().allocate(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) to[i] = base::ascii_lower(text[i]);
  return {to, text.size()};
}

void derive(Row& row, model::FieldId field, std::string_view text) {
  row.builder().add_derived(field, Value::string(text));
}

void derive_mac(Row& row, model::FieldId field, std::string_view text) {
  char digits[12];
  std::size_t count = 0;
  for (const char c : text) {
    if (c == ':' || c == '-' || c == '.') continue;
    const char lower = base::ascii_lower(c);
    if (count == 12 || !(base::is_digit(c) || (lower >= 'a' && lower <= 'f'))) return;
    digits[count++] = lower >= 'a' ? static_cast<char>(lower - 32) : c;
  }
  if (count != 12) return;
  char* to = row.arena().allocate(17);
  for (std::size_t i = 0; i < 6; ++i) {
    to[i * 3] = digits[i * 2];
    to[i * 3 + 1] = digits[i * 2 + 1];
    if (i < 5) to[i * 3 + 2] = '-';
  }
  derive(row, field, {to, 17});
}

void derive_transport(Row& row, model::FieldId field, std::string_view text) {
  constexpr std::pair<std::string_view, std::string_view> kNumbers[] = {
      {"1", "icmp"}, {"2", "igmp"}, {"6", "tcp"},       {"17", "udp"},
      {"47", "gre"}, {"50", "esp"}, {"58", "ipv6-icmp"}};
  for (const auto& [number, name] : kNumbers) {
    if (text == number) return derive(row, field, name);
  }
  if (!text.empty()) derive(row, field, lower_copy(row, text));
}

void derive_direction(Row& row, model::FieldId field, std::string_view text) {
  if (text == "0" || base::equals_ignore_case_ascii(text, "in") ||
      base::equals_ignore_case_ascii(text, "receive") ||
      base::starts_with_ignore_case_ascii(text, "inbound")) {
    derive(row, field, "inbound");
  } else if (text == "1" || base::equals_ignore_case_ascii(text, "out") ||
             base::equals_ignore_case_ascii(text, "send") ||
             base::starts_with_ignore_case_ascii(text, "outbound")) {
    derive(row, field, "outbound");
  }
}

void derive_outcome(Row& row, model::FieldId field, std::string_view text) {
  if (base::starts_with_ignore_case_ascii(text, "succ")) derive(row, field, "success");
  if (base::starts_with_ignore_case_ascii(text, "fail")) derive(row, field, "failure");
}

void derive_hash(Row& row, std::string_view text) {
  for (const char c : text) {
    const char lower = base::ascii_lower(c);
    if (!base::is_digit(c) && !(lower >= 'a' && lower <= 'f')) return;
  }
  const TextFields& fields = text_fields();
  const std::string_view lower = text.size() <= 64 ? lower_copy(row, text) : std::string_view{};
  if (text.size() == 32) derive(row, fields.file_hash_md5, lower);
  if (text.size() == 40) derive(row, fields.file_hash_sha1, lower);
  if (text.size() == 64) derive(row, fields.file_hash_sha256, lower);
}

void derive_ip(Row& row, model::FieldId field, std::string_view text) {
  if (!row.builder().find_open(field)) add_ip(row, field, text);
}

void apply(const KeyTable::Entry& entry, std::string_view value, const ParseContext& context, Row& row) {
  std::int64_t number = 0;
  switch (entry.as) {
    case KeyAs::text:
      return derive(row, entry.target, value);
    case KeyAs::integer:
      if (canonical_integer(value, number)) row.builder().add_derived(entry.target, Value::integer(number));
      return;
    case KeyAs::port:
      if (canonical_integer(value, number) && number >= 0 && number <= 65535) {
        row.builder().add_derived(entry.target, Value::integer(number));
      }
      return;
    case KeyAs::ip:
      return derive_ip(row, entry.target, value);
    case KeyAs::mac:
      return derive_mac(row, entry.target, value);
    case KeyAs::lower:
      return derive(row, entry.target, lower_copy(row, value));
    case KeyAs::transport:
      return derive_transport(row, entry.target, value);
    case KeyAs::direction:
      return derive_direction(row, entry.target, value);
    case KeyAs::outcome:
      return derive_outcome(row, entry.target, value);
    case KeyAs::hash:
      return derive_hash(row, value);
    case KeyAs::time:
    case KeyAs::event_time:
      if (const auto time = parse_any_time(value, context)) {
        if (entry.as == KeyAs::event_time) return row.time(*time);
        char* text = row.arena().allocate(40);
        const std::size_t size = base::format_rfc3339(*time, text);
        row.arena().shrink_last(text, size);
        derive(row, entry.target, {text, size});
      }
      return;
  }
}

}  // namespace

KeyTable::KeyTable(std::string_view prefix, std::span<const KeyRule> rules) : prefix_(prefix) {
  for (const KeyRule& rule : rules) {
    const bool has_target = !rule.target.empty() || rule.as == KeyAs::event_time || rule.as == KeyAs::hash;
    entries_[rule.key].push_back({model::intern(prefix_ + std::string(rule.key)),
                                  rule.target.empty() ? model::FieldId{} : model::intern(rule.target),
                                  has_target, rule.numeric, rule.as});
  }
}

std::span<const KeyTable::Entry> KeyTable::find(std::string_view key) const {
  const auto found = entries_.find(key);
  return found == entries_.end() ? std::span<const Entry>{} : std::span<const Entry>(found->second);
}

void apply_rules(std::span<const KeyTable::Entry> entries, std::string_view value,
                 const ParseContext& context, Row& row) {
  if (value.empty()) return;
  for (const KeyTable::Entry& entry : entries) {
    if (entry.has_target) apply(entry, value, context, row);
  }
}

void add_by_rules(const KeyTable& table, std::string_view key, std::string_view value,
                  const ParseContext& context, std::string& scratch, Row& row) {
  const auto entries = table.find(key);
  if (entries.empty()) {
    if (table.prefix().empty()) return row.named(key, Value::string(value));
    scratch.assign(table.prefix()).append(key);
    return row.named(scratch, Value::string(value));
  }
  row.add(entries[0].native, entries[0].numeric ? typed_value(value) : Value::string(value));
  apply_rules(entries, value, context, row);
}

}  // namespace vedette::normalize
