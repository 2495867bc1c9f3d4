// STIX 2.1 (and 2.0) bundles and TAXII envelopes: their indicators.
#include <map>

#include "enrich/feed_builder.hpp"
#include "enrich/json_walk.hpp"
#include "enrich/observable.hpp"
#include "enrich/stix_pattern.hpp"
#include "json/document.hpp"
#include "vedette/base/text.hpp"

namespace vedette::normalize {
namespace {

constexpr std::size_t kMaxMarkings = 10'000;
constexpr std::size_t kMaxStixTags = 16;

// The marking-definition objects of TLP 1.0 (STIX 2.1, section 7.2.1.4) and TLP 2.0.
struct TlpMarking {
  std::string_view id, level;
};
constexpr TlpMarking kTlpMarkings[] = {
    {"marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9", "clear"},
    {"marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da", "green"},
    {"marking-definition--f88d31f6-486f-44da-b317-01333bde0b82", "amber"},
    {"marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed", "red"},
    {"marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487", "clear"},
    {"marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb", "green"},
    {"marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421", "amber"},
    {"marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003", "amber+strict"},
    {"marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1", "red"},
};

std::string_view stix_text(const json::Node& object, std::string_view name) {
  const json::Node* node = object.find(name);
  return node && node->is_string() ? node->string() : std::string_view{};
}

base::TimeNs stix_time(const json::Node& object, std::string_view name) {
  return base::parse_iso8601(stix_text(object, name)).value_or(0);
}

template <typename Visit>
void for_each_stix_text(const json::Node& object, std::string_view name, const Visit& visit) {
  const json::Node* list = object.find(name);
  if (!list || list->kind != json::Kind::array) return;
  for (const json::Node* node = list->first(); node != list->end(); node = node->next()) {
    if (node->is_string()) visit(node->string());
  }
}

class StixReader {
 public:
  explicit StixReader(FeedBuilder& builder) : builder_(builder) {}

  void read(std::string_view text) {
    std::size_t at = 0;
    json::skip_space(text, at);
    if (at < text.size() && text[at] == '[') return read_objects(text);
    bool has_objects = false, has_type = false;
    const bool whole = json::for_each_member(text, [&](std::string_view name, std::string_view value) {
      has_type |= name == "pattern";
      if (name != "objects") return;
      has_objects = true;
      read_objects(value);
    });
    if (!whole) return builder_.complain("", "the JSON text breaks off or is none");
    if (has_type && !has_objects) return read_object(text);
    // An envelope without objects is an answer of TAXII: there is nothing.
  }

 private:
  void read_objects(std::string_view array) {
    json::for_each_element(array, [&](std::string_view object) {
      if (object.find("\"marking-definition\"") != object.npos) read_marking(object);
    });
    const bool whole = json::for_each_element(array, [&](std::string_view object) { read_object(object); });
    if (!whole) builder_.complain("object " + std::to_string(number_ + 1), "the JSON text breaks off");
  }

  const json::Node* parse(std::string_view object) {
    arena_.clear();
    return document_.parse(object, arena_) ? document_.root() : nullptr;
  }

  void read_marking(std::string_view object) {
    const json::Node* root = parse(object);
    if (!root || stix_text(*root, "type") != "marking-definition" || markings_.size() == kMaxMarkings) return;
    std::string_view level = tlp_of(stix_text(*root, "name"));
    if (const json::Node* definition = root->find("definition"); definition && level.empty()) {
      level = tlp_of(stix_text(*definition, "tlp"));
    }
    if (!level.empty()) markings_.emplace(stix_text(*root, "id"), level);
  }

  void read_object(std::string_view object) {
    ++number_;
    // Most objects of a bundle are none: a look at the bytes spares their parsing.
    if (object.find("\"indicator\"") == object.npos) return;
    const json::Node* root = parse(object);
    if (!root) {
      builder_.skip("object " + std::to_string(number_), document_.error());
    } else if (stix_text(*root, "type") == "indicator") {
      read_indicator(*root);
    }
  }

  std::string_view level_of(std::string_view marking) const {
    for (const TlpMarking& known : kTlpMarkings) {
      if (known.id == marking) return known.level;
    }
    const auto at = markings_.find(marking);
    return at == markings_.end() ? std::string_view{} : at->second;
  }

  void read_indicator(const json::Node& object) {
    Indicator indicator;
    indicator.id = stix_text(object, "id");
    const std::string place =
        indicator.id.empty() ? "object " + std::to_string(number_) : base::escape_control(indicator.id);
    const json::Node* revoked = object.find("revoked");
    if (revoked && revoked->kind == json::Kind::boolean && revoked->integer != 0) {
      return builder_.revoke(indicator.id);
    }
    const std::string_view pattern_type = stix_text(object, "pattern_type");
    if (!pattern_type.empty() && pattern_type != "stix") {
      return builder_.skip_kind("pattern type " + std::string(pattern_type));
    }
    StixValues values = parse_stix_pattern(stix_text(object, "pattern"));
    if (!values.unsupported.empty()) builder_.skip(place, values.unsupported);
    if (values.items.empty()) return;
    describe(object, indicator);
    for (StixValues::Item& item : values.items) {
      Indicator one = indicator;
      one.type = item.type;
      one.value = item.type == Indicator::Type::file_name ? std::move(item.value) : refanged(item.value);
      builder_.add(std::move(one), place);
    }
  }

  void describe(const json::Node& object, Indicator& indicator) const {
    const std::string_view name = stix_text(object, "name"), description = stix_text(object, "description");
    indicator.description = name;
    if (!name.empty() && !description.empty()) indicator.description += ": ";
    indicator.description += description;
    indicator.valid_from = stix_time(object, "valid_from");
    indicator.valid_until = stix_time(object, "valid_until");
    const json::Node* confidence = object.find("confidence");
    if (confidence && confidence->kind == json::Kind::integer && confidence->integer >= 0 &&
        confidence->integer <= 100) {
      indicator.confidence = static_cast<int>(confidence->integer);
    }
    std::string_view tlp;
    for_each_stix_text(object, "object_marking_refs",
                       [&](std::string_view id) { tlp = stricter_tlp(tlp, level_of(id)); });
    for (const std::string_view list : {"labels", "indicator_types"}) {
      for_each_stix_text(object, list, [&](std::string_view label) {
        if (const std::string_view level = tlp_of(label); !level.empty() && label.size() > level.size()) {
          tlp = stricter_tlp(tlp, level);
        }
        if (indicator.tags.size() < kMaxStixTags) indicator.tags.emplace_back(label);
      });
    }
    indicator.tlp = tlp;
  }

  FeedBuilder& builder_;
  json::Document document_;
  base::Arena arena_;
  std::map<std::string, std::string_view, std::less<>> markings_;
  std::size_t number_ = 0;
};

}  // namespace

void parse_stix(std::string_view text, FeedBuilder& builder) {
  StixReader(builder).read(text);
}

}  // namespace vedette::normalize
