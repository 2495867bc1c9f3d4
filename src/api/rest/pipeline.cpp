#include "rest/pipeline.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "rest/digest.hpp"
#include "rest/json_text.hpp"
#include "rest/problem.hpp"
#include "vedette/base/text.hpp"

namespace vedette::api {
namespace {

std::string detail_of(const Reply& reply) {
  const auto* body = reply.body.if_object();
  const Json* detail = body == nullptr ? nullptr : body->if_contains("detail");
  return detail != nullptr && detail->is_string() ? std::string(detail->get_string()) : std::string();
}

bool is_problem(const Reply& reply, std::string_view slug) {
  const auto* body = reply.body.if_object();
  const Json* type = body == nullptr ? nullptr : body->if_contains("type");
  return type != nullptr && type->is_string() &&
         std::string_view(type->get_string()) == fmt::format("urn:vedette:problem:{}", slug);
}

// Takes what is for the log alone out of the answer.
std::string take_fault(Reply& reply) {
  std::string fault;
  std::erase_if(reply.headers, [&fault](auto& header) {
    if (header.first != kLogHeader) return false;
    fault = std::move(header.second);
    return true;
  });
  return fault;
}

// Who has a bucket of their own: a key, or a person however many sessions they have.
std::string bucket_name(const Principal& who) {
  return who.kind == Principal::Kind::key ? "k:" + who.key_id : "u:" + who.user_id;
}

Reply too_many(const RateVerdict& rate) {
  Reply reply = problem(429, "rate-limit", fmt::format("Too many requests: wait {} s.", rate.retry_after));
  reply.headers.emplace_back("Retry-After", std::to_string(rate.retry_after));
  return reply;
}

std::string request_fingerprint(const RestRequest& request) {
  const net::HttpRequest& http = request.exchange->request();
  std::string all = http.method + '\0' + http.path + '\0';
  for (const auto& [name, value] : http.query) all += name + '=' + value + '\0';
  return sha256_hex(all + '\0' + request.raw_body);
}

}  // namespace

Pipeline::Pipeline(const RestParts& parts)
    : parts_(parts),
      idempotency_(*parts.records, parts.now),
      principals_(parts.options.requests_per_second, parts.options.burst),
      networks_(parts.options.anonymous_per_second, parts.options.anonymous_burst) {}

std::size_t Pipeline::body_limit(const Operation& operation) const {
  const bool anyone = operation.who == Operation::Who::anyone;
  const std::size_t usual = anyone ? std::size_t{64} << 10 : std::size_t{1} << 20;
  return std::min(operation.max_body_bytes == 0 ? usual : operation.max_body_bytes,
                  parts_.options.max_body_bytes);
}

// A wrong key costs its network what a request without one costs; a good key never waits for others' wrong
// ones.
Reply Pipeline::refuse_credentials(RestRequest& request, Reply refusal) {
  if (refusal.status != 401) return refusal;
  request.rate = networks_.take(network_of(request.exchange->request().peer.address), parts_.now());
  if (!request.rate->allowed) return too_many(*request.rate);
  refusal.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"vedette\"");
  return refusal;
}

std::optional<Reply> Pipeline::check_page(const RestRequest& request,
                                          const RequestCredentials& credentials) const {
  if (request.operation->safe() || credentials.kind == RequestCredentials::Kind::bearer) return std::nullopt;
  const net::HttpRequest& http = request.exchange->request();
  const PageOrigin page = page_origin(http, parts_.options.origins);
  if (page == PageOrigin::foreign) {
    return problem(403, "foreign-page", "The request comes from a page of another origin.");
  }
  if (request.operation->who == Operation::Who::anyone) return std::nullopt;
  if (page == PageOrigin::unknown) {
    return problem(403, "csrf",
                   "A change with the session cookie needs the header Origin or Sec-Fetch-Site. Scripts use "
                   "an API key.");
  }
  if (request.principal.csrf_token.empty() ||
      !equal_in_constant_time(http.header("X-CSRF-Token"), request.principal.csrf_token)) {
    return problem(
        403, "csrf",
        "X-CSRF-Token is missing or is not of this session: read GET /session, then repeat the change.");
  }
  return std::nullopt;
}

std::optional<Reply> Pipeline::authenticate(RestRequest& request) {
  const net::HttpRequest& http = request.exchange->request();
  const bool anyone = request.operation->who == Operation::Who::anyone;
  RequestCredentials credentials;
  if (auto refusal = read_credentials(http, parts_.options.secure_cookies, credentials)) {
    return refuse_credentials(request, std::move(*refusal));
  }
  const bool cookie = credentials.kind == RequestCredentials::Kind::cookie;
  if (credentials.kind == RequestCredentials::Kind::none) {
    if (!anyone) {
      return refuse_credentials(
          request,
          problem(401, "credentials", "Sign in, or send an API key as `Authorization: Bearer ...`."));
    }
  } else if (!(anyone && cookie && !request.operation->safe())) {
    // Signing in replaces whatever cookie there was: it is not looked at.
    auto principal = parts_.access->principal_of(credentials.token, request.origin);
    if (principal.ok()) {
      request.principal = std::move(*principal);
      request.principal.by_cookie = cookie;
    } else if (!anyone || !cookie) {
      return refuse_credentials(request, problem_of(principal.refusal()));
    }
  }
  return check_page(request, credentials);
}

std::optional<Reply> Pipeline::check_credentials(RestRequest& request) {
  return request.operation->who == Operation::Who::anyone ? std::nullopt : authenticate(request);
}

std::optional<Reply> Pipeline::limit_rate(RestRequest& request) {
  if (request.principal.kind == Principal::Kind::anonymous) {
    request.rate = networks_.take(network_of(request.exchange->request().peer.address), parts_.now());
  } else {
    request.rate = principals_.take(bucket_name(request.principal), parts_.now());
  }
  if (request.rate->allowed) return std::nullopt;
  return too_many(*request.rate);
}

std::optional<Reply> Pipeline::permit(RestRequest& request) {
  const Operation& operation = *request.operation;
  if (operation.who == Operation::Who::permitted &&
      !request.principal.permissions.has(operation.permission)) {
    Reply reply = problem(403, "forbidden",
                          fmt::format("This needs the permission {}, which you have not got.",
                                      permission_name(operation.permission)));
    audit_refusal(request, reply);
    return reply;
  }
  if (operation.step_up && !parts_.access->confirmed_lately(request.principal)) {
    const bool key = request.principal.kind == Principal::Kind::key;
    Reply reply = problem(403, "step-up",
                          key ? "This is not done with an API key: sign in and confirm it."
                              : "Confirm it is you first: POST /session/confirm, then repeat this.");
    audit_refusal(request, reply);
    return reply;
  }
  return std::nullopt;
}

std::optional<Reply> Pipeline::before_handler(RestRequest& request) {
  if (auto refusal = authenticate(request)) return refusal;
  if (auto refusal = limit_rate(request)) return refusal;
  if (auto refusal = permit(request)) return refusal;
  if (auto refusal = read_preconditions(request)) return refusal;
  if (auto refusal = read_parameters(request)) return refusal;
  return read_request_body(request, body_limit(*request.operation));
}

// No exception leaves: a library's is told to the log.
Reply Pipeline::guarded(const RestRequest& request, RestCall& call) const {
  try {
    return (*request.handler)(call);
  } catch (const std::exception& fault) {
    return problem_of(base::make_error(base::ErrorCode::io, fmt::format("exception: {}", fault.what())));
  } catch (...) {
    return problem_of(base::make_error(base::ErrorCode::io, "unknown exception"));
  }
}

Reply Pipeline::handle(RestRequest& request, RestCall& call) {
  Reply reply = guarded(request, call);
  if (call.stream_fault() && !call.streaming()) reply = problem_of(*call.stream_fault());
  if (call.streaming()) reply.streamed = true;
  // What If-Match said does not hold (any more).
  const bool one_version = request.if_match && *request.if_match != ports::RecordWrite::kAnyVersion;
  if (one_version && reply.status == 409 && is_problem(reply, kConflictSlug)) {
    Reply changed = problem(412, "changed", detail_of(reply));
    changed.headers = std::move(reply.headers);
    reply = std::move(changed);
  }
  return finish_audit(request, std::move(reply));
}

Reply Pipeline::handle_once(RestRequest& request, RestCall& call) {
  const auto key = call.query("Idempotency-Key");
  if (!request.operation->idempotency || !key) return handle(request, call);
  const std::string owner = bucket_name(request.principal);
  const std::string id = sha256_hex(fmt::format("{}\n{}\n{}", owner, request.operation->id, *key));
  const std::string fingerprint = request_fingerprint(request);
  if (auto answer = idempotency_.begin(id, fingerprint)) return std::move(*answer);
  Reply reply = handle(request, call);
  idempotency_.finish(id, fingerprint, owner, reply);
  return reply;
}

void Pipeline::audit_refusal(RestRequest& request, const Reply& reply) {
  if (request.operation->audit == Operation::Audit::none) return;
  const AuditEntry entry = audit_entry(request, "denied", detail_of(reply));
  const auto written = parts_.audit->apply({}, std::span(&entry, 1));
  if (!written.ok() && parts_.log != nullptr) {
    parts_.log->error("a refusal is not in the audit log", {{"error.message", written.error().message}});
  }
}

Reply Pipeline::finish_audit(RestRequest& request, Reply reply) {
  if (request.operation->audit == Operation::Audit::none || request.audited) return reply;
  const bool denied = reply.status == 401 || reply.status == 403;
  const std::string_view outcome = reply.status < 400 ? "success" : denied ? "denied" : "failure";
  const AuditEntry entry =
      audit_entry(request, outcome, reply.status < 400 ? std::string() : detail_of(reply));
  const auto written = parts_.audit->apply({}, std::span(&entry, 1));
  if (written.ok()) return reply;
  // What cannot be audited is not shown.
  Reply fault = problem(
      503, "audit",
      "The audit log cannot be written, and nothing is shown without it. The log of the node says why.");
  fault.headers.emplace_back(kLogHeader, written.error().message);
  return reply.streamed ? std::move(reply) : std::move(fault);
}

void Pipeline::run(RestRequest& request) {
  if (auto refusal = before_handler(request)) return answer(request, std::move(*refusal));
  Reply reply;
  {
    RestCall call(parts_, request);
    reply = handle_once(request, call);
  }
  answer(request, std::move(reply));
}

void Pipeline::answer(RestRequest& request, Reply reply) {
  const std::string fault = take_fault(reply);
  const bool reads = request.operation != nullptr && request.operation->safe();
  const std::string_view known = request.exchange->request().header("If-None-Match");
  if (reads && reply.status == 200 && !reply.etag.empty() && known == "\"" + reply.etag + "\"") reply.status = 304;
  // Before the answer, so that whoever has it finds it told.
  record(request, reply.status, fault);
  if (!reply.streamed) request.exchange->respond(make_response(std::move(reply), request));
}

void Pipeline::record(const RestRequest& request, int status, const std::string& fault) {
  const std::string operation = request.operation == nullptr ? "none" : request.operation->id;
  const auto took = std::chrono::steady_clock::now() - request.begun;
  const auto nanoseconds = std::chrono::duration_cast<std::chrono::nanoseconds>(took).count();
  if (parts_.metrics != nullptr) {
    parts_.metrics
        ->counter("vedette_api_requests_total", "Requests of the REST API",
                  {{"operation", operation}, {"status", std::to_string(status)}})
        .add();
    parts_.metrics
        ->latency("vedette_api_request_seconds", "Duration of requests of the REST API",
                  {{"operation", operation}})
        .observe_ns(nanoseconds);
  }
  if (status < 500 || parts_.log == nullptr) return;
  parts_.log->error("a request of the REST API failed", {{"http.request.id", request.origin.request_id},
                                                         {"event.action", operation},
                                                         {"http.response.status_code", std::int64_t{status}},
                                                         {"error.message", fault}});
}

}  // namespace vedette::api
