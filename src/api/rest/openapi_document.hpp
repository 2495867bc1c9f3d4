// api/openapi.yaml as the server reads it: what each operation is, takes and asks for.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rest/schema.hpp"
#include "vedette/api/principal.hpp"
#include "vedette/base/result.hpp"

namespace vedette::api {

struct Parameter {
  enum class In : std::uint8_t { path, query, header };
  std::string name;
  In in = In::query;
  bool required = false;
  bool array = false;  // may be there several times
  const Schema* schema = nullptr;
};

struct MediaType {
  std::string name;  // lower case, without parameters
  const Schema* schema = nullptr;
};

struct Operation {
  enum class Who : std::uint8_t { anyone, signed_in, permitted };
  enum class Audit : std::uint8_t { none, read, change };

  std::string id, method, path, tag;
  // Of the path: "{name}" stands for any segment.
  std::vector<std::string> segments;
  Who who = Who::permitted;
  Permission permission{};  // of `permitted`
  Audit audit = Audit::read;
  bool step_up = false;
  bool stream = false;       // x-stream: runs long and writes its answer piece by piece
  bool idempotency = false;  // takes Idempotency-Key
  std::vector<Parameter> parameters;
  bool body_required = false;
  std::vector<MediaType> media;    // none: no body
  std::size_t max_body_bytes = 0;  // x-max-body; 0: the server's own bound

  const Parameter* find(Parameter::In in, std::string_view name) const;
  bool safe() const { return method == "GET"; }
};

class OpenApi {
 public:
  // invalid_argument names the operation or schema that is wrong.
  static base::Result<std::unique_ptr<OpenApi>> parse(std::string_view yaml);

  const std::vector<Operation>& operations() const { return operations_; }
  const std::string& yaml() const { return yaml_; }
  const std::string& json() const { return json_; }

 private:
  OpenApi() = default;
  base::Status read(std::string_view yaml);
  base::Status read_operation(std::string_view path, std::string_view method,
                              const boost::json::object& of_path, const boost::json::object& operation);
  base::Status read_keywords(Operation& out, const boost::json::object& operation);
  base::Status read_parameters(Operation& out, const Json& list);
  base::Status read_body(Operation& out, const boost::json::object& operation);
  base::Status read_responses(const Operation& of, const boost::json::object& operation);
  base::Result<const boost::json::object*> resolve(const Json& value, const std::string& where) const;

  Json document_;
  std::string yaml_, json_;
  std::unique_ptr<SchemaSet> schemas_;
  std::vector<Operation> operations_;
};

// The text that is embedded in the binary.
std::string_view embedded_openapi();

}  // namespace vedette::api
