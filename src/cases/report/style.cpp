#include "report/style.hpp"

namespace vedette::cases::report {

std::string_view report_style() {
  static constexpr std::string_view kStyle = R"css(
:root{--ink:#17202b;--soft:#526070;--line:#dfe5ec;--faint:#f5f7fa;--bg:#eef1f5;--card:#fff;--link:#2548a8;--accent:#4330b5;
--critical:#b01038;--high:#d1480c;--medium:#a87400;--low:#2b6cb0;--informational:#748295}
*{box-sizing:border-box}
html{-webkit-print-color-adjust:exact;print-color-adjust:exact}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
.tlp{background:#000;text-align:center;font:700 13px/1 ui-monospace,"SF Mono",Menlo,Consolas,"Liberation Mono",monospace;letter-spacing:.08em;padding:8px}
.tlp-clear{color:#fff}.tlp-green{color:#33ff00}.tlp-amber,.tlp-amber-strict{color:#ffc000}.tlp-red{color:#ff2b2b}
main{max-width:940px;margin:26px auto;background:var(--card);border:1px solid var(--line);border-radius:12px;padding:44px 52px 36px}
header{border-bottom:3px solid var(--accent);padding-bottom:20px;margin-bottom:26px}
.kicker{display:flex;justify-content:space-between;gap:20px;color:var(--soft);font-size:13px;margin:0 0 14px}
.kicker b{color:var(--accent);letter-spacing:.08em;text-transform:uppercase;font-size:12px}
h1{font-size:30px;line-height:1.2;letter-spacing:-.015em;margin:0 0 14px;overflow-wrap:anywhere;text-wrap:balance}
h2{font-size:18px;margin:34px 0 12px;padding-bottom:6px;border-bottom:1px solid var(--line)}
h3{font-size:15px;margin:18px 0 6px}
p{margin:0 0 10px;overflow-wrap:anywhere}
a{color:var(--link)}
.soft,.none{color:var(--soft)}
.badges{display:flex;flex-wrap:wrap;gap:8px;margin:0}
.badge{border-radius:999px;padding:3px 12px;font-size:13px;font-weight:600;border:1px solid var(--line);background:var(--faint)}
.badge.level{color:#fff;border-color:transparent;text-transform:capitalize}
.level-critical,.dot.level-critical{background:var(--critical)}.level-high,.dot.level-high{background:var(--high)}.level-medium,.dot.level-medium{background:var(--medium)}.level-low,.dot.level-low{background:var(--low)}.level-informational,.dot.level-informational{background:var(--informational)}
dl.facts{display:grid;grid-template-columns:repeat(3,1fr);gap:14px 26px;margin:0}
dl.facts dt{color:var(--soft);font-size:12px}
dl.facts dd{margin:0;font-weight:600;overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
dl.facts .value{text-transform:none}
.prose{white-space:pre-wrap;overflow-wrap:anywhere}
.lead{font-size:16px}
.prose code{font:.88em ui-monospace,"SF Mono",Menlo,Consolas,"Liberation Mono",monospace;background:var(--faint);border:1px solid var(--line);border-radius:4px;padding:0 4px}
.stages{display:grid;grid-template-columns:repeat(auto-fill,minmax(124px,1fr));gap:6px;margin:0;padding:0;list-style:none}
.stages li{min-width:0;border:1px solid var(--line);border-top:4px solid var(--line);border-radius:6px;padding:7px 8px 8px;background:var(--faint)}
.stages li.seen{border-top-color:var(--accent);background:#f4f2ff}
.stages b{display:block;font-size:12px;line-height:1.3}
.stages li:not(.seen) b{color:var(--soft);font-weight:500}
.stages time{display:block;font-size:10.5px;color:var(--soft);margin:3px 0 5px}
.stages span{display:block;font:600 11px/1.5 ui-monospace,"SF Mono",Menlo,Consolas,"Liberation Mono",monospace;color:#2b2366;overflow-wrap:anywhere}
.stages span i{font-style:normal;font-weight:400;color:var(--soft)}
table{border-collapse:collapse;width:100%}
.sheet>*>tr>td{padding:0;border:0;overflow-wrap:normal}
main table{font-size:13.5px;table-layout:fixed}
main th{text-align:left;font-size:11.5px;color:var(--soft);font-weight:600;border-bottom:1.5px solid var(--line);padding:5px 8px}
main td{vertical-align:top;padding:6px 8px;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
main tr:last-child td{border-bottom:0}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
.mono,td.t,.sha{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"Liberation Mono",monospace;font-size:12px}
td.t{white-space:nowrap}
.bar{display:block;height:7px;border-radius:4px;background:var(--line);overflow:hidden;margin-top:6px}
.bar i{display:block;height:100%;background:var(--accent)}
.dot{display:inline-block;width:9px;height:9px;border-radius:50%;margin-right:7px;background:var(--line);vertical-align:0}
.detail{display:block;color:var(--soft);font-size:12.5px}
.who{color:var(--soft)}
.item{border:1px solid var(--line);border-left:4px solid var(--accent);border-radius:6px;padding:11px 15px;margin:0 0 10px}
.item h3{margin:0 0 3px}
.item ol{margin:7px 0 0;padding-left:18px;font-size:13px;color:var(--soft)}
.cut{color:var(--soft);font-size:13px;margin:8px 0 0}
footer{margin-top:34px;padding-top:12px;border-top:1px solid var(--line);color:var(--soft);font-size:12.5px}
@media (max-width:760px){main{margin:0;border:0;border-radius:0;padding:24px 18px}dl.facts{grid-template-columns:1fr 1fr}.wide{overflow-x:auto}.wide table{min-width:620px}}
@page{margin:11mm 13mm}
@media print{
body{background:#fff;font-size:10.5pt}
main{max-width:none;margin:0;border:0;border-radius:0;padding:5mm 0}
.tlp{padding:4px}
h2,h3{break-after:avoid}main tr,.item,.stages,dl.facts div{break-inside:avoid}
thead{display:table-header-group}tfoot{display:table-footer-group}
a{color:inherit;text-decoration:none}
h1{font-size:21pt}h2{font-size:13.5pt}main table{font-size:9.5pt}dl.facts{grid-template-columns:repeat(3,1fr)}main th,main td{padding:4px 6px}
}
)css";
  return kStyle;
}

}  // namespace vedette::cases::report
