#include "stix/objects.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "digests.hpp"
#include "text_escape.hpp"
#include "vedette/base/ip.hpp"
#include "vedette/base/text.hpp"
#include "vedette/cases/stix.hpp"

namespace vedette::cases::stix {
namespace {

using base::JsonWriter;

// Of observables, by the standard; and our own.
constexpr Uuid kObservableSpace{0x00, 0xab, 0xed, 0xb4, 0xaa, 0x42, 0x46, 0x6c,
                                0x9c, 0x01, 0xfe, 0xd2, 0x33, 0x15, 0xa9, 0xb7};
constexpr Uuid kVedetteSpace{0x5b, 0x0c, 0x2c, 0x91, 0x6e, 0x37, 0x4d, 0x0a,
                             0x8f, 0x21, 0x9d, 0x53, 0xc4, 0x1e, 0x70, 0xb6};
constexpr std::string_view kTlpExtension = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d";
constexpr std::size_t kMaxValue = 4096;

// A string of RFC 8785; the text has no control characters.
std::string canonical_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

// Kind of hash by its length; empty: none that the standard names.
std::string_view hash_name(std::string_view value) {
  const bool hex = std::all_of(value.begin(), value.end(), [](char c) { return base::hex_digit(c) >= 0; });
  if (!hex) return {};
  switch (value.size()) {
    case 32:
      return "MD5";
    case 40:
      return "SHA-1";
    case 64:
      return "SHA-256";
    case 128:
      return "SHA-512";
    default:
      return {};
  }
}

std::string clean(std::string_view value) {
  return cut_text(plain_line(value), kMaxValue);
}

}  // namespace

std::string timestamp(base::TimeNs time) {
  return base::format_rfc3339(time - time % base::kNsPerMs);
}

std::string object_id(std::string_view type, std::string_view name) {
  return fmt::format("{}--{}", type, uuid_v5(kVedetteSpace, fmt::format("{}:{}", type, name)));
}

bool Objects::begin(const std::string& id) {
  if (!ids_.insert(id).second) return false;
  if (!json_.empty()) json_ += ',';
  return true;
}

std::string Objects::add(std::string_view type, const std::string& id, const Members& members) {
  if (!begin(id)) return id;
  refs_.push_back(id);
  JsonWriter json(json_);
  json.begin_object().field("type", type).field("spec_version", "2.1").field("id", id);
  if (id != head_.creator) json.field("created_by_ref", head_.creator);
  json.field("created", timestamp(head_.created)).field("modified", timestamp(head_.modified));
  json.key("object_marking_refs").begin_array().string(head_.marking).end_array();
  members(json);
  json.end_object();
  return id;
}

std::string Objects::relate(const std::string& source, std::string_view type, const std::string& target) {
  const std::string id = object_id("relationship", fmt::format("{} {} {}", source, type, target));
  return add("relationship", id, [&](JsonWriter& json) {
    json.field("relationship_type", type).field("source_ref", source).field("target_ref", target);
  });
}

std::string Objects::add_identity(const std::string& id, std::string_view name,
                                  std::string_view identity_class) {
  return add("identity", id, [&](JsonWriter& json) {
    json.field("name", clean(name)).field("identity_class", identity_class);
  });
}

std::string Objects::observable(std::string_view type, std::string_view contributing,
                                const Members& members) {
  const std::string id = fmt::format("{}--{}", type, uuid_v5(kObservableSpace, contributing));
  if (!begin(id)) return id;
  refs_.push_back(id);
  JsonWriter json(json_);
  json.begin_object().field("type", type).field("spec_version", "2.1").field("id", id);
  json.key("object_marking_refs").begin_array().string(head_.marking).end_array();
  members(json);
  json.end_object();
  return id;
}

// A file and the folder it is in.
std::string Objects::add_path(std::string_view path) {
  const std::size_t cut = path.find_last_of("/\\");
  const std::string name(cut == std::string_view::npos ? path : path.substr(cut + 1));
  if (name.empty()) return {};
  std::string folder;
  if (cut != std::string_view::npos && cut > 0) {
    const std::string_view parent = path.substr(0, cut);
    folder = observable("directory", fmt::format("{{\"path\":{}}}", canonical_string(parent)),
                        [&](JsonWriter& json) { json.field("path", parent); });
  }
  std::string contributing = fmt::format("{{\"name\":{}", canonical_string(name));
  if (!folder.empty()) contributing += fmt::format(",\"parent_directory_ref\":\"{}\"", folder);
  return observable("file", contributing + "}", [&](JsonWriter& json) {
    json.field("name", name);
    if (!folder.empty()) json.field("parent_directory_ref", folder);
  });
}

std::string Objects::add_observable(const model::Entity& entity) {
  using model::EntityKind;
  const std::string value = clean(entity.value);
  if (value.empty()) return {};
  const auto of_value = [&](std::string_view type) {
    return observable(type, fmt::format("{{\"value\":{}}}", canonical_string(value)),
                      [&](JsonWriter& json) { json.field("value", value); });
  };
  const auto of_account = [&](std::string_view member) {
    return observable("user-account", fmt::format("{{\"{}\":{}}}", member, canonical_string(value)),
                      [&](JsonWriter& json) { json.field(member, value); });
  };
  switch (entity.kind) {
    case EntityKind::ip: {
      const auto address = base::IpAddress::parse(value);
      if (!address) return {};
      return of_value(address->is_v4() ? "ipv4-addr" : "ipv6-addr");
    }
    case EntityKind::domain:
      return of_value("domain-name");
    case EntityKind::user:
      return of_account("account_login");
    case EntityKind::cloud_account:
      return of_account("user_id");
    case EntityKind::process:
    case EntityKind::file:
      return add_path(value);
    case EntityKind::hash: {
      const std::string_view name = hash_name(value);
      if (name.empty()) return {};
      const std::string lower = base::to_lower_ascii(value);
      return observable(
          "file", fmt::format("{{\"hashes\":{{\"{}\":\"{}\"}}}}", name, lower),
          [&](JsonWriter& json) { json.key("hashes").begin_object().field(name, lower).end_object(); });
    }
    case EntityKind::host:
      return {};  // no observable is a host
  }
  return {};
}

void Objects::add_marking(Tlp tlp) {
  if (!begin(marking_id(tlp))) return;
  std::string name = "TLP:" + std::string(tlp_name(tlp));
  for (char& c : name) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  }
  JsonWriter json(json_);
  json.begin_object().field("type", "marking-definition").field("spec_version", "2.1");
  json.field("id", marking_id(tlp)).field("created", "2022-10-01T00:00:00.000Z").field("name", name);
  json.key("extensions").begin_object().key(kTlpExtension).begin_object();
  json.field("extension_type", "property-extension").field("tlp_2_0", tlp_name(tlp));
  json.end_object().end_object().end_object();
}

std::string Objects::bundle(const std::string& id) const {
  return fmt::format(R"({{"type":"bundle","id":"{}","objects":[{}]}})", id, json_);
}

std::string marking_id(Tlp tlp) {
  switch (tlp) {
    case Tlp::clear:
      return "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487";
    case Tlp::green:
      return "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb";
    case Tlp::amber:
      return "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421";
    case Tlp::amber_strict:
      return "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003";
    case Tlp::red:
      return "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1";
  }
  return "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421";
}

std::string pattern_of(const model::Entity& entity) {
  using model::EntityKind;
  const std::string value = clean(entity.value);
  const std::string quoted = stix_pattern_string(value);
  if (entity.kind == EntityKind::ip) {
    const auto address = base::IpAddress::parse(value);
    if (!address) return {};
    return fmt::format("[{}:value = {}]", address->is_v4() ? "ipv4-addr" : "ipv6-addr", quoted);
  }
  if (entity.kind == EntityKind::domain) return fmt::format("[domain-name:value = {}]", quoted);
  if (entity.kind != EntityKind::hash || hash_name(value).empty()) return {};
  // Names with a hyphen stand in quotes.
  return fmt::format("[file:hashes.'{}' = {}]", hash_name(value),
                     stix_pattern_string(base::to_lower_ascii(value)));
}

}  // namespace vedette::cases::stix

namespace vedette::cases {

std::string stix_pattern_string(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + '\'';
}

}  // namespace vedette::cases
