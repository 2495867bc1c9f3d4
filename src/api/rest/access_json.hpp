// JSON forms of what Access tells, and of what it is told.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "rest/call.hpp"

namespace vedette::api {

boost::json::array json_of(const std::vector<std::string>& texts);
boost::json::object json_of(const User& user);
boost::json::object json_of(const Role& role);
boost::json::object json_of(const Session& session, std::string_view current_id);
boost::json::object json_of(const ApiKey& key);
boost::json::object json_of(const Tenant& tenant);
boost::json::object json_of(const DataScope& scope);

// Members of a validated body; `otherwise` where it is absent or null.
std::string text_in(const Json& body, std::string_view name, std::string otherwise = {});
bool flag_in(const Json& body, std::string_view name, bool otherwise = false);
std::vector<std::string> texts_in(const Json& body, std::string_view name,
                                  std::vector<std::string> otherwise = {});

// Reply with the ETag of a version.
Reply versioned(int status, boost::json::object body, std::uint64_t version);
Reply no_content();
// 428 without If-Match, 412 with another version than `version`.
std::optional<Reply> check_version(const Call& call, std::uint64_t version);
// As problem_of, but what a rule forbids (the last administrator, a role in use) is no change of others: 409
// also with If-Match.
Reply change_refused(const Refusal& refusal);
// 403 if the session was not confirmed lately.
std::optional<Reply> check_step_up(const Access& access, const Principal& who);

}  // namespace vedette::api
