#include "engine/fields.hpp"

#include <algorithm>

#include "vedette/base/case_fold.hpp"
#include "vedette/base/check.hpp"
#include "vedette/base/text.hpp"

namespace vedette::detect {
namespace {

constexpr std::string_view kEventData = "winlog.event_data.";
constexpr std::string_view kUserData = "winlog.user_data.";
// Added to the rank of a name that agrees only without regard to case, or to case and blanks.
constexpr std::uint16_t kOtherCase = 1000;
constexpr std::uint16_t kOtherBlanks = 2000;

std::string canonical(std::string_view name) {
  std::string text = base::folded(name);
  std::erase_if(text, [](char c) { return c == ' '; });
  return text;
}

std::uint16_t distance(std::string_view wanted, std::string_view name) {
  if (wanted == name) return 0;
  return base::folded(wanted) == base::folded(name) ? kOtherCase : kOtherBlanks;
}

bool is_system_name(std::string_view name) {
  return name.starts_with("winlog.") && !name.starts_with(kEventData) && !name.starts_with(kUserData);
}

struct HashField {
  std::string_view suffix, label;
};
constexpr HashField kHashFields[] = {{".md5", "MD5"},         {".sha1", "SHA1"},
                                     {".sha256", "SHA256"},   {".sha512", "SHA512"},
                                     {".imphash", "IMPHASH"}, {".pe.imphash", "IMPHASH"}};

}  // namespace

SlotId FieldResolver::slot(std::string_view sigma_field) {
  const auto [it, added] =
      slot_by_name_.try_emplace(std::string(sigma_field), static_cast<SlotId>(slot_names_.size()));
  if (!added) return it->second;
  const SlotId slot = it->second;
  CHECK(slot_names_.size() < 0xfff0);
  slot_names_.emplace_back(sigma_field);
  composers_.emplace_back();

  std::vector<const FieldSource*> sources;
  for (const FieldSection* section : sections_) {
    for (const FieldAlias& alias : section->aliases) {
      if (alias.field != sigma_field) continue;
      for (const FieldSource& source : alias.sources) sources.push_back(&source);
    }
  }
  // Attributes of the Windows event itself win over event data of the same name.
  std::uint16_t rank = 0;
  for (const FieldSource* source : sources) {
    if (source->kind == FieldSource::Kind::name && is_system_name(source->parts[0])) {
      add_candidate(slot, rank++, source->parts[0]);
    }
  }
  add_candidate(slot, rank++, std::string(sigma_field));
  for (const std::string_view prefix : {kEventData, kUserData}) {
    add_candidate(slot, rank++, std::string(prefix) + std::string(sigma_field));
  }
  for (const FieldSource* source : sources) {
    if (source->kind != FieldSource::Kind::name) {
      add_composer(slot, *source);
    } else if (!is_system_name(source->parts[0])) {
      add_candidate(slot, rank++, source->parts[0]);
      add_candidate(slot, rank++, std::string(kEventData) + source->parts[0]);
    }
  }
  if (!composers_[slot].empty()) composed_slots_.push_back(slot);
  return slot;
}

void FieldResolver::add_candidate(SlotId slot, std::uint16_t rank, const std::string& name) {
  candidates_[canonical(name)].push_back({slot, rank, name});
}

void FieldResolver::add_composer(SlotId slot, const FieldSource& source) {
  Composer composer{source, {}};
  if (source.kind == FieldSource::Kind::hashes) {
    for (const std::string& prefix : source.parts) {
      for (const HashField& hash : kHashFields) {
        composer.fields.push_back(model::intern(prefix + std::string(hash.suffix)));
      }
    }
  } else {
    for (const std::string& part : source.parts) composer.fields.push_back(model::intern(part));
  }
  composers_[slot].push_back(std::move(composer));
}

std::vector<FieldResolver::Ranked> FieldResolver::slots_of(std::string_view event_field) const {
  std::vector<Ranked> found;
  const auto it = candidates_.find(canonical(event_field));
  if (it == candidates_.end()) return found;
  for (const Candidate& candidate : it->second) {
    const auto rank = static_cast<std::uint16_t>(candidate.rank + distance(candidate.name, event_field));
    found.push_back({candidate.slot, rank});
  }
  return found;
}

const model::Value* FieldResolver::compose(SlotId slot, const model::Event& event, base::Arena& arena) const {
  for (const Composer& composer : composers_[slot]) {
    if (const model::Value* value = compose_one(composer, event, arena)) return value;
  }
  return nullptr;
}

const model::Value* FieldResolver::compose_one(const Composer& composer, const model::Event& event,
                                               base::Arena& arena) const {
  std::string text;
  model::TextBuffer buffer;
  const auto text_at = [&](std::size_t i) -> std::string_view {
    const model::Value* value = event.find(composer.fields[i]);
    if (!value || value->elements().empty()) return {};
    return text_of(value->elements()[0], buffer);
  };
  switch (composer.source.kind) {
    case FieldSource::Kind::join:
      for (std::size_t i = 0; i < composer.fields.size(); ++i) {
        const std::string_view part = text_at(i);
        if (part.empty()) {
          if (i + 1 == composer.fields.size()) return nullptr;
          continue;
        }
        if (!text.empty()) text += composer.source.separator;
        text += part;
      }
      break;
    case FieldSource::Kind::hashes:
      for (std::size_t i = 0; i < composer.fields.size(); ++i) {
        const std::string_view part = text_at(i);
        if (part.empty()) continue;
        if (!text.empty()) text += ',';
        text += kHashFields[i % std::size(kHashFields)].label;
        text += '=';
        text += part;
      }
      break;
    case FieldSource::Kind::map: {
      const std::string_view from = text_at(0);
      for (const auto& [key, value] : composer.source.values) {
        if (base::equals_ignore_case_ascii(key, from)) text = value;
      }
      break;
    }
    case FieldSource::Kind::name:
      break;
  }
  if (text.empty()) return nullptr;
  auto value = arena.allocate_array<model::Value>(1);
  value[0] = model::Value::string(arena.copy(text));
  return value.data();
}

}  // namespace vedette::detect
