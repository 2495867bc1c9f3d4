// Answers and errors in the shape of Elasticsearch.
#pragma once

#include <string>
#include <string_view>

#include "vedette/base/result.hpp"

namespace vedette::api::es {

struct Reply {
  int status = 200;
  std::string body;
  std::string type = "application/json";
};

struct Fault {
  int status = 400;
  std::string type, reason;
  std::string index;  // may be empty
};

// {"error": {...}, "status": N}
std::string fault_body(const Fault& fault);
Reply fault_reply(const Fault& fault);
Reply error_reply(const base::Error& error);
Fault fault_of(const base::Error& error);
Fault illegal(std::string reason);

// Puts a member in front of the others of an object.
void put_first(std::string& object, std::string_view key, std::string_view text);

// A value, or why there is none.
template <typename T>
struct Or {
  T value{};
  Fault fault;
  bool ok = true;
};

}  // namespace vedette::api::es
