// The end points: one request in, one answer out.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "elasticsearch/catalogue.hpp"
#include "elasticsearch/contexts.hpp"
#include "elasticsearch/index_expression.hpp"
#include "elasticsearch/reply.hpp"
#include "elasticsearch/request_parts.hpp"
#include "vedette/api/elasticsearch.hpp"
#include "vedette/base/cancellation.hpp"

namespace vedette::api::es {

// A request as the end points see it.
struct Call {
  const net::HttpRequest& request;
  std::string_view body;
  const base::CancellationToken& cancellation;
  base::TimeNs now = 0;
};

// Thread safe.
class Actions {
 public:
  Actions(const ports::LogStore& store, const ElasticsearchSearchOptions& options)
      : store_(store), options_(options), catalogue_(store), contexts_(options.max_contexts) {}
  Reply answer(const net::HttpRequest& request, std::string_view body,
               const base::CancellationToken& cancellation);

 private:
  // One _search: of the path, or an item of _msearch.
  struct SearchCall {
    std::string index;
    std::string_view body;
    std::string overrides;
    bool ignore_unavailable = false, total_as_integer = false;
    std::string scroll;  // its time; empty: no scroll
    base::TimeNs timeout = 0;
  };
  std::optional<Reply> answer_search(const Call& call, const std::string& index, std::string_view action,
                                     std::string_view detail);
  std::optional<Reply> answer_about(const Call& call, const std::string& index, std::string_view action,
                                    std::string_view detail);

  Reply search(const Call& call, const std::string& index);
  Reply run_search(const Call& call, const SearchCall& asked);
  Reply open_scroll(const Call& call, std::unique_ptr<query::EsSearch> search, base::TimeNs keep_alive,
                    std::uint64_t below_sequence);
  Reply next_page(const Call& call, std::string_view id_in_path);
  Reply clear_scroll(const Call& call, std::string_view id_in_path);
  Reply open_point_in_time(const Call& call, const std::string& index, bool open_search);
  Reply close_point_in_time(const Call& call, bool open_search, bool all);
  Reply count(const Call& call, const std::string& index);
  Reply multi_search(const Call& call, const std::string& index);
  Reply multi_search_item(const Call& call, const std::string& index, std::string_view header,
                          std::string_view body, base::TimeNs timeout);

  Reply field_caps(const Call& call, const std::string& index);
  Reply mapping(const Call& call, const std::string& index, std::string_view fields, bool by_field);
  Reply cat_indices(const Call& call, std::string_view expression);
  Reply resolve_index(const Call& call, std::string_view expression);
  Reply cluster_stats(const Call& call);
  Reply refresh() const;

  // The predicate of an expression, after a look whether what it names is there.
  Or<model::Predicate> indices_of(const Call& call, std::string_view expression, bool ignore_unavailable);
  base::Result<Datasets> chosen(const Call& call, std::string_view expression);
  Reply too_many_contexts() const;

  const ports::LogStore& store_;
  const ElasticsearchSearchOptions& options_;
  Catalogue catalogue_;
  Contexts contexts_;
};

}  // namespace vedette::api::es
