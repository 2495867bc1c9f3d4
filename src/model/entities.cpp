// Which users, hosts, addresses, ... an event names.
#include <algorithm>
#include <array>

#include "vedette/base/ip.hpp"
#include "vedette/base/text.hpp"
#include "vedette/model/alert_record.hpp"

namespace vedette::model {
namespace {

constexpr std::size_t kMaxEntities = 64;
constexpr std::size_t kMaxCollected = 4096;
constexpr std::size_t kMaxEntityBytes = 1024;

// A mapped field and what it names. "*" as first character: any field that ends with the rest.
struct EntityField {
  std::string_view name;
  EntityKind kind;
};

constexpr std::array kEntityFields = {
    EntityField{"host.name", EntityKind::host},
    EntityField{"*.ip", EntityKind::ip},
    EntityField{"process.executable", EntityKind::process},
    EntityField{"file.path", EntityKind::file},
    EntityField{"related.hash", EntityKind::hash},
    EntityField{"dns.question.name", EntityKind::domain},
    EntityField{"url.domain", EntityKind::domain},
    EntityField{"destination.domain", EntityKind::domain},
    EntityField{"tls.client.server_name", EntityKind::domain},
    EntityField{"cloud.account.id", EntityKind::cloud_account},
    EntityField{"cloud.project.id", EntityKind::cloud_account},
    EntityField{"cloud.target.account.id", EntityKind::cloud_account},
    EntityField{"cloud.origin.account.id", EntityKind::cloud_account},
};

bool names_field(std::string_view pattern, std::string_view name) {
  if (pattern[0] != '*') return name == pattern;
  return name.ends_with(pattern.substr(1));
}

bool is_hash_field(std::string_view name) {
  return name.find(".hash.") != std::string_view::npos || name.starts_with("hash.");
}

// "user.name", "user.target.name", "source.user.name": the part before ".name", else empty.
std::string_view user_prefix(std::string_view name) {
  constexpr std::string_view kEnd = ".name";
  if (!name.ends_with(kEnd)) return {};
  name.remove_suffix(kEnd.size());
  const bool is_user = name == "user" || name.ends_with(".user") || name == "user.target" ||
                       name == "user.effective" || name == "user.changes";
  return is_user ? name : std::string_view{};
}

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return base::hex_digit(c) >= 0; });
}

// Windows writes "-" where there is nothing.
bool says_something(std::string_view text) {
  return !text.empty() && text != "-";
}

class EntityCollector {
 public:
  explicit EntityCollector(const Event& event) : event_(event) {}

  std::vector<Entity> collect() {
    bool has_executable = false;
    for (const Cell& cell : event_.cells()) {
      const std::string_view name = name_of(cell.field);
      has_executable = has_executable || (cell.field == field::process_executable && !cell.value.is_null());
      if (const std::string_view prefix = user_prefix(name); !prefix.empty()) add_users(prefix, cell.value);
      if (is_hash_field(name)) add_all(EntityKind::hash, cell.value);
      for (const EntityField& known : kEntityFields) {
        if (!names_field(known.name, name)) continue;
        add_all(known.kind, cell.value);
        break;
      }
    }
    const Value* process = event_.find(field::process_name);
    if (process && !has_executable) add_all(EntityKind::process, *process);
    std::sort(found_.begin(), found_.end());
    found_.erase(std::unique(found_.begin(), found_.end()), found_.end());
    if (found_.size() > kMaxEntities) found_.resize(kMaxEntities);
    return std::move(found_);
  }

 private:
  void add_users(std::string_view prefix, const Value& names) {
    FieldId id{};
    std::string domain;
    if (FieldTable::instance().find(std::string(prefix) + ".domain", id)) domain = event_.text(id);
    for (const Value& element : names.elements()) {
      TextBuffer buffer;
      const std::string_view name = text_of(element, buffer);
      if (!says_something(name)) continue;
      const bool plain = name.find_first_of("\\@") == std::string_view::npos;
      add(EntityKind::user,
          plain && says_something(domain) ? domain + "\\" + std::string(name) : std::string(name));
    }
  }

  void add_all(EntityKind kind, const Value& value) {
    for (const Value& element : value.elements()) {
      TextBuffer buffer;
      const std::string_view text = text_of(element, buffer);
      if (!says_something(text)) continue;
      const auto address =
          kind == EntityKind::ip || kind == EntityKind::domain ? base::IpAddress::parse(text) : std::nullopt;
      if (address) {
        add(EntityKind::ip, address->to_string());
      } else if (kind == EntityKind::host || kind == EntityKind::domain) {
        add(kind, base::to_lower_ascii(text));
      } else if (kind == EntityKind::hash) {
        if (text.size() >= 32 && text.size() <= 128 && is_hex(text)) add(kind, base::to_lower_ascii(text));
      } else if (kind != EntityKind::ip) {
        add(kind, std::string(text));
      }
    }
  }

  void add(EntityKind kind, std::string value) {
    if (found_.size() >= kMaxCollected || value.size() > kMaxEntityBytes) return;
    found_.push_back({kind, base::to_valid_utf8(value)});
  }

  const Event& event_;
  std::vector<Entity> found_;
};

constexpr std::array<std::string_view, 8> kEntityKindNames = {"user", "host", "ip",     "process",
                                                              "file", "hash", "domain", "cloud_account"};

}  // namespace

std::string_view entity_kind_name(EntityKind kind) {
  return kEntityKindNames[static_cast<std::size_t>(kind)];
}

std::vector<Entity> entities_of(const Event& event) {
  return EntityCollector(event).collect();
}

}  // namespace vedette::model
