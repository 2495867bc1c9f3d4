// MISP events as JSON: one event, a list of them, or the answer of a search.
#include <algorithm>

#include "enrich/feed_builder.hpp"
#include "enrich/json_walk.hpp"
#include "enrich/observable.hpp"
#include "json/document.hpp"
#include "vedette/base/text.hpp"

namespace vedette::normalize {
namespace {

using Type = Indicator::Type;

struct MispType {
  std::string_view name;
  Type type;
  enum Part : std::uint8_t { whole, first, second, both } part;
  Type second_type = Type::ip;  // both: of what stands behind the bar
};
constexpr MispType kMispTypes[] = {
    {"ip-src", Type::ip, MispType::whole},
    {"ip-dst", Type::ip, MispType::whole},
    {"ip-src|port", Type::ip, MispType::first},
    {"ip-dst|port", Type::ip, MispType::first},
    {"domain", Type::domain, MispType::whole},
    {"hostname", Type::domain, MispType::whole},
    {"hostname|port", Type::domain, MispType::first},
    {"domain|ip", Type::domain, MispType::both, Type::ip},
    {"url", Type::url, MispType::whole},
    {"md5", Type::hash, MispType::whole},
    {"sha1", Type::hash, MispType::whole},
    {"sha256", Type::hash, MispType::whole},
    {"sha384", Type::hash, MispType::whole},
    {"sha512", Type::hash, MispType::whole},
    {"filename", Type::file_name, MispType::whole},
    {"filename|md5", Type::hash, MispType::second},
    {"filename|sha1", Type::hash, MispType::second},
    {"filename|sha256", Type::hash, MispType::second},
    {"filename|sha384", Type::hash, MispType::second},
    {"filename|sha512", Type::hash, MispType::second},
    {"malware-sample", Type::hash, MispType::second},
    {"email", Type::email, MispType::whole},
    {"email-src", Type::email, MispType::whole},
    {"email-dst", Type::email, MispType::whole},
    {"email-reply-to", Type::email, MispType::whole},
    {"email-attachment", Type::file_name, MispType::whole},
};

bool is_true(const json::Node* node) {
  if (!node) return false;
  if (node->is_string()) return node->string() == "1" || node->string() == "true";
  return (node->kind == json::Kind::boolean || node->kind == json::Kind::integer) && node->integer != 0;
}

std::string_view misp_text(const json::Node& object, std::string_view name) {
  const json::Node* node = object.find(name);
  return node && node->is_string() ? node->string() : std::string_view{};
}

// What an event says of all its attributes.
struct MispContext {
  std::string info, tlp;
  std::vector<std::string> tags;
};

class MispReader {
 public:
  explicit MispReader(FeedBuilder& builder) : builder_(builder) {}

  // An event, {"Event": ...}, {"response": ...}, or an array of these.
  void read(std::string_view text, int depth = 0) {
    std::size_t at = 0;
    json::skip_space(text, at);
    if (depth > 4) return;
    bool whole = true;
    if (at < text.size() && text[at] == '[') {
      whole = json::for_each_element(text, [&](std::string_view element) { read(element, depth + 1); });
    } else {
      bool is_event = false;
      whole = json::for_each_member(text, [&](std::string_view name, std::string_view value) {
        if (name == "Event" || name == "response") read(value, depth + 1);
        is_event |= name == "Attribute" || name == "Object";
      });
      if (is_event) read_event(text);
    }
    if (!whole) builder_.complain("", "the JSON text breaks off or is none");
  }

 private:
  void read_event(std::string_view text) {
    MispContext context;
    json::for_each_member(text, [&](std::string_view name, std::string_view value) {
      if (name != "info" && name != "Tag") return;
      arena_.clear();
      if (!document_.parse(value, arena_)) return;
      const json::Node& root = *document_.root();
      if (name == "info" && root.is_string()) context.info = root.string();
      if (name == "Tag") take_tags(root, context.tlp, context.tags);
    });
    json::for_each_member(text, [&](std::string_view name, std::string_view value) {
      if (name == "Attribute") read_attributes(value, context);
      if (name == "Object") {
        json::for_each_element(value, [&](std::string_view object) {
          json::for_each_member(object, [&](std::string_view inner, std::string_view attributes) {
            if (inner == "Attribute") read_attributes(attributes, context);
          });
        });
      }
    });
  }

  void read_attributes(std::string_view array, const MispContext& context) {
    json::for_each_element(array, [&](std::string_view attribute) {
      ++number_;
      arena_.clear();
      if (document_.parse(attribute, arena_)) {
        read_attribute(*document_.root(), context);
      } else {
        builder_.skip("attribute " + std::to_string(number_), document_.error());
      }
    });
  }

  static void take_tags(const json::Node& list, std::string& tlp, std::vector<std::string>& tags) {
    if (list.kind != json::Kind::array) return;
    for (const json::Node* tag = list.first(); tag != list.end(); tag = tag->next()) {
      const std::string_view name = misp_text(*tag, "name");
      if (base::starts_with_ignore_case_ascii(name, "tlp:")) {
        tlp = stricter_tlp(tlp, tlp_of(name));
      } else if (!name.empty() && tags.size() < 16) {
        tags.emplace_back(name);
      }
    }
  }

  void read_attribute(const json::Node& attribute, const MispContext& context) {
    if (is_true(attribute.find("deleted"))) return;
    const std::string_view type = misp_text(attribute, "type");
    const auto* known = std::find_if(std::begin(kMispTypes), std::end(kMispTypes),
                                     [&](const MispType& entry) { return entry.name == type; });
    if (known == std::end(kMispTypes)) return builder_.skip_kind("attribute type " + std::string(type));
    if (!is_true(attribute.find("to_ids"))) return builder_.skip_kind("not for detection (to_ids)");

    Indicator indicator;
    indicator.id = misp_text(attribute, "uuid");
    const std::string_view comment = misp_text(attribute, "comment");
    indicator.description = context.info;
    if (!comment.empty()) indicator.description += (context.info.empty() ? "" : ": ") + std::string(comment);
    indicator.valid_from = base::parse_iso8601(misp_text(attribute, "first_seen")).value_or(0);
    std::string tlp;
    indicator.tags = context.tags;
    if (const json::Node* tags = attribute.find("Tag")) take_tags(*tags, tlp, indicator.tags);
    indicator.tlp = tlp.empty() ? context.tlp : tlp;
    add(*known, misp_text(attribute, "value"), std::move(indicator));
  }

  void add(const MispType& type, std::string_view value, Indicator indicator) {
    const std::string place = "attribute " + std::to_string(number_);
    const std::size_t bar = value.find('|');
    const std::string_view head = value.substr(0, bar);
    const std::string_view tail = bar == value.npos ? std::string_view{} : value.substr(bar + 1);
    if (type.part == MispType::both) {
      Indicator second = indicator;
      second.type = type.second_type;
      second.value = refanged(tail);
      builder_.add(std::move(second), place);
    }
    const std::string_view chosen = type.part == MispType::whole    ? value
                                    : type.part == MispType::second ? tail
                                                                    : head;
    indicator.type = type.type;
    indicator.value = type.type == Type::file_name ? std::string(chosen) : refanged(chosen);
    builder_.add(std::move(indicator), place);
  }

  FeedBuilder& builder_;
  json::Document document_;
  base::Arena arena_;
  std::size_t number_ = 0;
};

}  // namespace

void parse_misp(std::string_view text, FeedBuilder& builder) {
  MispReader(builder).read(text);
}

}  // namespace vedette::normalize
