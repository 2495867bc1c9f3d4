// What is asked of every request before its handler, and done after it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rest/credentials.hpp"
#include "rest/idempotency.hpp"
#include "rest/rate_limit.hpp"
#include "rest/request.hpp"

namespace vedette::api {

// Thread safe.
class Pipeline {
 public:
  explicit Pipeline(const RestParts& parts);

  // Does everything, and answers through the exchange.
  void run(RestRequest& request);
  // Answers without a handler; counts and logs it.
  void answer(RestRequest& request, Reply reply);
  // For admit(): whether the credentials are good; a problem if not.
  std::optional<Reply> check_credentials(RestRequest& request);
  // Bytes that a body of the operation may have.
  std::size_t body_limit(const Operation& operation) const;

 private:
  // Each: a problem, or nothing if the request may go on.
  std::optional<Reply> authenticate(RestRequest& request);
  std::optional<Reply> check_page(const RestRequest& request, const RequestCredentials& credentials) const;
  std::optional<Reply> limit_rate(RestRequest& request);
  std::optional<Reply> permit(RestRequest& request);
  std::optional<Reply> before_handler(RestRequest& request);
  Reply refuse_credentials(RestRequest& request, Reply refusal);
  Reply handle(RestRequest& request, RestCall& call);
  Reply handle_once(RestRequest& request, RestCall& call);
  Reply guarded(const RestRequest& request, RestCall& call) const;
  Reply finish_audit(RestRequest& request, Reply reply);
  void audit_refusal(RestRequest& request, const Reply& reply);
  void record(const RestRequest& request, int status, const std::string& fault);

  const RestParts& parts_;
  IdempotencyKeys idempotency_;
  RateLimiter principals_, networks_;
};

// Reads path, query, headers and body as the operation declares them into the request; a problem if they are
// against it.
std::optional<Reply> read_parameters(RestRequest& request);
std::optional<Reply> read_preconditions(RestRequest& request);
std::optional<Reply> read_request_body(RestRequest& request, std::size_t limit);

}  // namespace vedette::api
