#include "html/page.hpp"
#include "html/sha256.hpp"

namespace vedette::report::html {
namespace {

constexpr std::string_view kStyle = R"css(
:root{--bg:#f4f6f9;--card:#fff;--ink:#17202b;--soft:#526070;--line:#dfe5ec;--faint:#f3f6f9;--link:#2548a8;--mark:#ffe28a;--markink:#3a2a00;
--crit:#b01038;--high:#d1480c;--med:#b07d00;--low:#2b6cb0;--info:#748295;
--critbg:#b01038;--critfg:#fff;--highbg:#ffe3d3;--highfg:#8a2b00;--medbg:#fdf0c8;--medfg:#644600;--lowbg:#dcebfd;--lowfg:#164c8a;--infobg:#e9edf2;--infofg:#434f5e;
--s1:#eeecff;--s2:#d9d4ff;--s3:#b7aeff;--s4:#6f5be0;--s5:#4330b5;--t1:#2b2366;--t4:#fff;--t5:#fff;--warnbg:#fff4d6;--warnline:#e3b341;--warnfg:#5c4300}
@media (prefers-color-scheme:dark){:root{--bg:#0e131a;--card:#161d27;--ink:#e6ebf2;--soft:#9fadbd;--line:#2a3442;--faint:#1b2430;--link:#9db9ff;--mark:#6b5200;--markink:#fff3c9;
--crit:#ff5c7c;--high:#ff8a4c;--med:#e9b93f;--low:#63a8f5;--info:#8494a8;
--critbg:#ff5c7c;--critfg:#2b0009;--highbg:#4a2412;--highfg:#ffb08a;--medbg:#43360f;--medfg:#f5d272;--lowbg:#14324f;--lowfg:#9ccbff;--infobg:#263040;--infofg:#b6c2d1;
--s1:#221f3d;--s2:#2f2a5c;--s3:#41388a;--s4:#6a58d8;--s5:#a79bff;--t1:#dcd8ff;--t4:#fff;--t5:#120c33;--warnbg:#33290f;--warnline:#8a6a16;--warnfg:#f5dc9a}}
*{box-sizing:border-box}
html{scroll-behavior:smooth}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;-webkit-text-size-adjust:100%}
main{max-width:1220px;margin:0 auto;padding:28px 24px 8px}
h1{font-size:34px;line-height:1.15;letter-spacing:-.02em;margin:14px 0 10px;font-weight:700;text-wrap:balance}
h2{font-size:17px;margin:0 0 14px;letter-spacing:-.005em}
h3{font-size:14px;margin:18px 0 8px}
h4{font-size:11.5px;text-transform:uppercase;letter-spacing:.06em;color:var(--soft);margin:14px 0 6px}
a{color:var(--link)}
a:focus-visible,summary:focus-visible,input:focus-visible,input:focus-visible+label{outline:2px solid var(--link);outline-offset:2px}
code,.mono,.value,time,.host,.user,.key,.test{font-family:ui-monospace,"SF Mono",SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;font-size:.87em}
ul{margin:0;padding:0;list-style:none}
.brand{display:flex;align-items:center;gap:9px;margin:0;color:var(--soft)}
.brand span{color:var(--ink);font-weight:700}
.logo path{fill:#4330b5}.logo .eye{fill:#fff}.logo circle{fill:#4330b5}
.lead{font-size:16.5px;margin:0 0 16px;max-width:84ch;color:var(--soft);overflow-wrap:anywhere}
.lead strong{color:var(--ink);font-weight:600}
.caveat{background:var(--warnbg);color:var(--warnfg);border-left:4px solid var(--warnline);border-radius:6px;padding:9px 14px;margin:0 0 18px}
.caveat a{color:inherit}
.tiles{display:grid;grid-template-columns:repeat(5,1fr);gap:12px;margin:20px 0 16px}
.tile{background:var(--card);border:1px solid var(--line);border-top:4px solid var(--info);border-radius:10px;padding:12px 16px 11px}
.tile b{display:block;font-size:30px;line-height:1.15;letter-spacing:-.02em;font-variant-numeric:tabular-nums}
.tile span{color:var(--soft);text-transform:capitalize;font-size:14px}
.tile.crit{border-top-color:var(--crit)}.tile.high{border-top-color:var(--high)}.tile.med{border-top-color:var(--med)}.tile.low{border-top-color:var(--low)}
.tile.crit b{color:var(--crit)}
.tile.zero{border-top-color:var(--line)}.tile.zero b{color:var(--soft);font-weight:500}
.facts{display:flex;flex-wrap:wrap;gap:8px 34px;margin:0 0 22px;font-size:14px}
.facts dt{color:var(--soft);font-size:12.5px}
.facts dd{margin:0;overflow-wrap:anywhere}
.card{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:20px 22px;margin:0 0 18px;min-width:0}
.note{color:var(--soft);font-size:13px;margin:12px 0 0}
.head{display:flex;justify-content:space-between;flex-wrap:wrap;gap:4px 20px}
.legend{display:flex;flex-wrap:wrap;gap:4px 16px;font-size:13px;color:var(--soft);text-transform:capitalize}
.legend svg{margin-right:6px}
.chart{display:block;width:100%;height:auto}
.chart text{font-size:12px;fill:var(--soft);font-variant-numeric:tabular-nums}
.chart .grid{stroke:var(--line)}
.chart .axis{stroke:var(--soft);stroke-opacity:.6}
.chart .hit{fill:transparent}
.chart g:hover .hit{fill:var(--faint)}
rect.crit{fill:var(--crit)}rect.high{fill:var(--high)}rect.med{fill:var(--med)}rect.low{fill:var(--low)}rect.info{fill:var(--info)}
.matrix{display:flex;gap:4px;align-items:stretch;overflow-x:auto;padding-bottom:2px}
.tactic{flex:1 1 0;min-width:64px}
.tactic h3{font-size:10.5px;letter-spacing:-.01em;line-height:1.25;margin:0;min-height:2.5em;hyphens:auto;overflow-wrap:break-word}
.tactic .sum{margin:2px 0 7px;font-size:12px;color:var(--soft);white-space:nowrap}
.tactic.none{flex:0 0 24px;min-width:24px;min-height:150px;border-radius:6px;background:var(--faint)}
.tactic.none h3{writing-mode:vertical-rl;font-weight:400;color:var(--soft);white-space:nowrap;padding:8px 3px;min-height:0;hyphens:manual}
.tech{display:flex;justify-content:space-between;gap:0 2px;border-radius:6px;padding:4px 5px;margin-bottom:4px;font-size:10.5px;letter-spacing:-.02em;line-height:1.35;text-decoration:none;flex-wrap:wrap;font-variant-numeric:tabular-nums}
.tech:hover span{text-decoration:underline}
.tech b{font-weight:600;margin-left:auto}
.s1{background:var(--s1);color:var(--t1)}.s2{background:var(--s2);color:var(--t1)}.s3{background:var(--s3);color:var(--t1)}.s4{background:var(--s4);color:var(--t4)}.s5{background:var(--s5);color:var(--t5)}
.grid{display:grid;grid-template-columns:repeat(auto-fit,minmax(320px,1fr));gap:18px;margin-bottom:18px}
.grid .card{margin:0}
.wide{grid-column:1/-1}
table{border-collapse:collapse;width:100%;font-size:14px}
th{text-align:left;font-weight:500;color:var(--soft);font-size:12.5px;padding:0 8px 6px 0;border-bottom:1px solid var(--line);white-space:nowrap}
td{padding:6px 8px 6px 0;border-bottom:1px solid var(--line);vertical-align:middle}
tbody tr:last-child td,tbody tr:last-child th{border-bottom:0}
.num{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap;padding-right:12px}
.name{overflow-wrap:anywhere}
.name a{color:inherit;text-decoration-color:var(--line);text-underline-offset:3px}
.name a:hover{text-decoration-color:currentColor}
.when{white-space:nowrap;color:var(--soft);font-variant-numeric:tabular-nums;font-size:13px}
.barcol{width:20%}.grid .mono{font-size:12.5px}
.bar{display:block;border-radius:4px;overflow:hidden}
.warn{color:var(--high);font-weight:600}
.badge{display:inline-block;min-width:66px;text-align:center;border-radius:999px;padding:1px 9px;font-size:12px;font-weight:600;line-height:1.6}
.badge.crit,label.crit b{background:var(--critbg);color:var(--critfg)}.badge.high,label.high b{background:var(--highbg);color:var(--highfg)}.badge.med,label.med b{background:var(--medbg);color:var(--medfg)}.badge.low,label.low b{background:var(--lowbg);color:var(--lowfg)}.badge.info,label.info b{background:var(--infobg);color:var(--infofg)}
.alerts h2{margin-bottom:12px}
input.pick{position:absolute;opacity:0;width:1px;height:1px}
label.pick{display:inline-block;border:1px solid var(--line);border-radius:999px;padding:3px 5px 3px 12px;margin:0 6px 10px 0;font-size:13px;text-transform:capitalize;cursor:pointer;user-select:none}
label.pick b{border-radius:999px;padding:1px 8px;margin-left:4px;font-weight:600;font-size:12px}
input.pick:not(:checked)+label{color:var(--soft);text-decoration:line-through;background:var(--faint)}
#f-crit:not(:checked)~.groups .crit,#f-high:not(:checked)~.groups .high,#f-med:not(:checked)~.groups .med,#f-low:not(:checked)~.groups .low,#f-info:not(:checked)~.groups .info{display:none}
.search{display:flex;align-items:center;gap:12px;margin:0 0 12px}
.search[hidden]{display:none}
.search input{flex:1;max-width:520px;font:inherit;font-size:14px;color:var(--ink);background:var(--bg);border:1px solid var(--soft);border-radius:8px;padding:7px 12px}
.search input::placeholder{color:var(--soft);opacity:1}
.search output{color:var(--soft);font-size:13px}
.group{border-top:1px solid var(--line);content-visibility:auto;contain-intrinsic-size:auto 46px}
.group>summary,.alert>summary{cursor:pointer;list-style:none;display:flex;align-items:center;gap:12px;padding:10px 4px}
summary::-webkit-details-marker{display:none}
summary::before{content:"";flex:none;width:7px;height:7px;border-right:2px solid var(--soft);border-bottom:2px solid var(--soft);transform:rotate(-45deg);margin:0 3px}
details[open]>summary::before{transform:rotate(45deg)}
summary:hover{background:var(--faint)}
.title{flex:1;font-weight:600;overflow-wrap:anywhere;min-width:0}
.span{color:var(--soft);font-size:13px;font-variant-numeric:tabular-nums}
.count{min-width:54px;text-align:right;font-weight:600;font-variant-numeric:tabular-nums}
.rule{margin:0 4px 12px 25px;font-size:14px}
.rule p{margin:0 0 10px;max-width:90ch;white-space:pre-line;overflow-wrap:anywhere}
.rule dl{margin:0}
.rule dl div{display:flex;gap:12px;margin:4px 0}
.rule dt{flex:0 0 120px;color:var(--soft)}
.rule dd{margin:0;min-width:0;overflow-wrap:anywhere}
.tags{display:flex;flex-wrap:wrap;gap:6px;margin:0 0 10px}
.tags li{background:var(--faint);border:1px solid var(--line);border-radius:6px;padding:0 7px;font-size:12.5px}
.alert{margin-left:25px;border-top:1px solid var(--line)}
.alert>summary{padding:6px 4px;font-size:14px;gap:14px}
.alert time{flex:0 0 158px;color:var(--soft)}
.host{flex:0 0 150px}.user{flex:0 0 150px}.key{flex:1;color:var(--soft)}
.host,.user,.key{min-width:0;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.body{padding:0 0 16px 26px}
.kv{table-layout:fixed;font-size:13.5px}
.kv th{width:210px;border-bottom:1px solid var(--line);padding:4px 10px 4px 0;vertical-align:top;white-space:normal;overflow-wrap:anywhere;font-weight:400;font-size:13px}
.kv td{padding:4px 10px 4px 0;vertical-align:top;overflow-wrap:anywhere}
.kv .test{width:270px;color:var(--soft)}
.kv q{quotes:none;color:var(--ink)}
.value{white-space:pre-wrap;overflow-wrap:anywhere}
mark{background:var(--mark);color:var(--markink);border-radius:3px;padding:0 1px;font-weight:600}
.notes li{margin:0 0 6px}
.notes{margin-bottom:14px;font-size:14px}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
footer{max-width:1180px;margin:0 auto;padding:0 24px 28px;color:var(--soft);font-size:13px}
@media (max-width:760px){.tactic{min-width:92px}main{padding:18px 14px}h1{font-size:26px}.tiles{grid-template-columns:repeat(auto-fit,minmax(104px,1fr))}.span,.user,.when{display:none}.wide th:nth-child(n+5){display:none}.alert,.rule{margin-left:8px}.alert>summary{flex-wrap:wrap;gap:2px 12px}.key{flex-basis:100%}.kv,.kv tbody,.kv tr,.kv th,.kv td,.kv .test{display:block;width:auto;border:0}.chart{min-width:640px}section.card{overflow-x:auto}}
@media print{:root{--bg:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#ccc;--faint:#f6f6f6}body{font-size:11px}main{max-width:none;padding:0}.card{padding:10px 0;border:0;border-top:1px solid #ccc;border-radius:0}.tile,.tech,.bar,.badge,mark,.caveat{print-color-adjust:exact;-webkit-print-color-adjust:exact}.card h2,.tiles,.chart,.group>summary,.alert>summary,tr{break-inside:avoid}.search,label.pick{display:none}.matrix{overflow:visible;gap:3px}.tactic{min-width:0}.group{content-visibility:visible}h1{font-size:24px}}
)css";
constexpr std::array<char, 44> kStyleHash = sha256_base64(kStyle);

}  // namespace

std::string_view style() {
  return kStyle;
}
std::string_view style_hash() {
  return {kStyleHash.data(), kStyleHash.size()};
}

}  // namespace vedette::report::html
