// Objects of a STIX bundle, each once.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "vedette/base/json_writer.hpp"
#include "vedette/base/time.hpp"
#include "vedette/cases/case.hpp"

namespace vedette::cases::stix {

std::string timestamp(base::TimeNs time);  // to the millisecond
// "indicator--<UUIDv5 in our name space>".
std::string object_id(std::string_view type, std::string_view name);

class Objects {
 public:
  struct Head {
    std::string creator, marking;
    base::TimeNs created = 0, modified = 0;
  };
  explicit Objects(Head head) : head_(std::move(head)) {}

  using Members = std::function<void(base::JsonWriter&)>;
  // A domain or relationship object with the common properties. Returns its id.
  std::string add(std::string_view type, const std::string& id, const Members& members);
  std::string relate(const std::string& source, std::string_view type, const std::string& target);
  // The observable of an entity; its id, or empty if there is none of that kind.
  std::string add_observable(const model::Entity& entity);
  std::string add_identity(const std::string& id, std::string_view name, std::string_view identity_class);
  void add_marking(Tlp tlp);

  // Of domain and relationship objects and observables, in order.
  const std::vector<std::string>& refs() const { return refs_; }
  std::string bundle(const std::string& id) const;

 private:
  bool begin(const std::string& id);  // false: it is there
  std::string observable(std::string_view type, std::string_view contributing, const Members& members);
  std::string add_path(std::string_view path);

  Head head_;
  std::string json_;  // objects, with commas
  std::set<std::string> ids_;
  std::vector<std::string> refs_;
};

std::string marking_id(Tlp tlp);
// The pattern that finds an entity; empty: of that kind none is made.
std::string pattern_of(const model::Entity& entity);

}  // namespace vedette::cases::stix
