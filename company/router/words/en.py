"""English."""

STOP = """the a an of to and or in on for with from by at is are was were be been am do does did has have had
this that these those it its i you he she we they me my your our their his her us him them what which
who when where why how can could would should will not no if but than then so as about into please
there any some all more most just also because"""

CUES = {
    "thanks": (
        "thanks, thank you, thx, ty, cheers, much appreciated, appreciate it, well done, good job, great work, "
        "nice work"
    ),
    "greet": (
        "hello, hi, hey, hiya, good morning, good afternoon, good evening, good day, howdy, greetings, "
        "how are you, how are you doing, whats up, what s up, hope you had a good weekend, hope you are well, "
        "hope you re well, happy new year, merry christmas, long time no see, hope all is well, good to see you, "
        "evening, morning, afternoon, good to hear from you, welcome back, nice to meet you"
    ),
    "bye": (
        "bye, goodbye, good night, see you, see you later, see you tomorrow, take care, have a nice day, "
        "talk later, cya, good weekend"
    ),
    "ack": (
        "ok, okay, k, fine, great, perfect, cool, nice, got it, understood, alright, all right, sure, yes, no, "
        "yep, nope, good, super, awesome, excellent, wonderful, sounds good, never mind, no problem, lol, haha, "
        "wow, noted, that s all, amazing, that ll do, that will do, no worries, brilliant, lovely, fair enough, "
        "will do, right, correct, works for me, done, k thanks, neat, yeah, yup, nah, nevermind, makes sense, "
        "no thanks, that s enough, that s exactly what i needed, nothing else, that helps, good enough, "
        "that works, all set, go on, carry on"
    ),
    "help": (
        "help, help me, i need help, how does this work, how do i use you, how do i use this, "
        "what are the commands, which commands are there, show commands, instructions"
    ),
    "about": (
        "who are you, what are you, what can you do, what do you do, what s your name, what is your name, "
        "are you a bot, are you human, are you a robot, are you there, introduce yourself, tell me about yourself"
    ),
    "fill": (
        "so much, very much, a lot, a, lot, again, all, everyone, everybody, team, there, you, to, the, for, "
        "that, it, this, and, very, really, then, now, nexus, sir, my, friend, please, your, me, works, worked, "
        "that s, is, was, too, just, oh, ah, well, with, today, can, i, folks, guys, much, so, have, day, "
        "exactly, indeed, help, information, answer, quick, cool, thing, all good, for now, been, had, weekend, "
        "one, useful, helpful, quickly, ever, of, love, did, work, job, nice, buddy, mate, from, us, but, we, "
        "re, ll, d, what, needed, i needed, wanted, was looking for, perfect, helps, helped, enough, will, be, "
        "like, new, nothing, else, more, out, us both, bit"
    ),
    "state": (
        "budget, spent, spend, spending, costs, cost so far, cost today, cost this month, cost me, expenses, "
        "expenditure, orders, order, employees, staff, who works here, works here, tokens, queue, limit, cap, "
        "status, org chart, audit, ledger, providers, models, payroll, tasks, escalations, healthy, running, "
        "open orders, how busy, pending orders, company doing, cost us, cost you, burned, unfinished, jobs, "
        "failed orders, who is working, work in progress, in the pipeline"
    ),
    "state_fill": (
        "how much, how many, have, has, did, do, does, are, is, was, were, we, i, you, what, what s, which, "
        "show, show me, the, of, my, our, your, this, last, today, yesterday, week, month, year, left, "
        "remaining, per, by, for, in, so far, far, so, now, right, on, open, waiting, pending, active, company, "
        "money, employee, person, model, total, and, all, it, tell, me, give, list, report, overview, still, "
        "there, until, been, be, can, use, used, who, works, here, at, please, current, currently, day, to, "
        "nexus, cost, house, everything, moment, working, spent, system, up, each, tier, any, latest, state, "
        "many, much, get, done, finished, looking, look, like, going, with, doing, went, pay, went on, already, "
        "whats, where, next, before, about, budgets, between, these, days, 7, left over, over, in progress, "
        "running, planned, jobs, queued, or, failed, since, monday, quarter, people, who is, working on, "
        "does the, cheapest, most expensive, expensive, than"
    ),
    "documents": (
        "my documents, my files, my notes, my docs, our documents, our files, our notes, our wiki, "
        "the documents, the files, my library, the library, uploaded, attached document, in the document, "
        "in the file, in the contract, according to the handbook, according to the manual, "
        "according to the contract, according to our, according to my, in my notes, meeting minutes, "
        "minutes of the, in the minutes, knowledge base, in the handbook, in the manual, in my contract, "
        "in my lease, in my employment contract, document says, documents say, search my, find in my, "
        "look in my, in the pdf"
    ),
    "documents?": (
        "according to, handbook, manual, policy, our policy, contract, contracts, lease, minutes, our procedure, "
        "our guidelines, what does our, what does my, what do our, say about, says about, mention, mentions, "
        "which page, clause, clauses, my employment, warranty terms, guideline, my contract, our contract, "
        "invoice, agreement, my policy, specification, papers, paperwork, i uploaded, uploaded, i sent you, "
        "go through the, read the, read through, look through, tenancy agreement, warranty, purchase agreement, "
        "statement, certificate, deed, receipt, insurance policy, pdf, terms and conditions, folder, our wiki, "
        "employee handbook, onboarding guide, offer letter, payslip, bylaws, brochure, datasheet, "
        "it should be in, what did we agree, according, gym contract, booking confirmation, confirmation, "
        "manual says, onboarding, stated, regulation, regulations, tenancy, policy number, member number, "
        "report from, in the report, annex"
    ),
    "code": (
        "python, javascript, typescript, java, golang, rust, kotlin, php, ruby, sql, html, css, regex, regexp, "
        "bash, shell script, powershell, docker, kubernetes, git, github, react, django, flask, fastapi, node, "
        "npm, pip, api endpoint, rest api, unit test, unit tests, stack trace, traceback, compiler, compile*, "
        "segfault, null pointer, refactor*, debug*, code review, source code, codebase, monolith, microservice*, "
        "linux command, git command, terminal command, deadlock*, postgres query, pandas, numpy, jvm, "
        "dockerfile, json schema, cron job, makefile, excel formula, oauth*, graphql, websocket, "
        "spreadsheet formula, algorithm, big o, safari, chrome extension, lock free, useeffect, hook, "
        "while loop, for loop, exit code, css grid, webpack, vite, vue, angular, laravel, rails, swift, "
        "android app, ssh, nginx, terraform, ci pipeline, pull request, merge conflict, rebase, virtualenv, "
        "pytest, jest, async, goroutine, pointer, dataframe, powershell script, yaml, xml, http status, cors, "
        "jwt, stored procedure, in go, in rust, in java, in c, hash map, rate limiter, api gateway, orm, unit, "
        "endpoint, linter, npm install, cli tool, web scraper, scraper"
    ),
    "code?": (
        "code, script, function, method, class, bug, error, exception, algorithm, library, database, query, "
        "server, deploy*, api, variable, array, loop, command, app, program, implement*, endpoint, framework, "
        "backend, frontend, component, memory leak, production, tests, linux, software, json, csv, terminates, "
        "runtime, container, cluster, thread, queue, cache, browser, crash, crashes, crashed, stack, localhost, "
        "port, log, parser, endpoint returns, config, package, dependency, class method, lint, build fails, "
        "undefined, syntax, safari, chrome, complexity, key, map, column, backfill, migration, implementation, "
        "rollout, string, integer, list comprehension, branch, commit"
    ),
    "writing": (
        "draft, write me, write a, write an, write the, compose, proofread, cover letter, press release, "
        "blog post, white paper, linkedin post, wedding toast, toast, poem, haiku, limerick, essay, short story, "
        "bedtime story, eulogy, speech, newsletter, slogan, tagline, love letter, product description, "
        "announcement, invitation, reply to this email, birthday card, lyrics, screenplay, novel, ghostwrite, "
        "something nice to say, farewell, thank you note, thank you letter, complaint letter, "
        "letter of recommendation, resignation letter, out of office, welcome message, catchy, headline, "
        "congratulat*, condolence*, wishes, best man speech, tag line, sales pitch, job ad, job posting, "
        "instagram caption, subject line, draft a, come up with a name, name for my, some lines"
    ),
    "writing?": (
        "write, email, e mail, mail, letter, post, article, text, story, song, message, caption, bio, tweet, "
        "page, words, tone, paragraph, blog, report, formal, proposal, chapter, script for"
    ),
    "edit": (
        "fix the spelling, correct the spelling, fix the grammar, correct this, correct the, spelling, grammar, "
        "typos, rewrite, reword, rephrase, paraphrase, shorten, summarise, summarize, summary of, sum up, tl dr, "
        "tldr, polish this, improve this text, make this sound, simplify this, in your own words, "
        "affect or effect, is it correct, sounds right, make it shorter, make it more, condense, proofread this, "
        "does this sound, tidy up, key points of, boil down, better version of, more concise, more formal, "
        "more polite, friendlier, less formal, make this, make it sound, reformulate, fix this text, proof read"
    ),
    "small_edit": (
        "spelling, grammar, typo, typos, punctuation, correct this sentence, comma, affect or effect, "
        "apostrophe, is it spelled, correct spelling"
    ),
    "analysis": (
        "compare, comparison, pros and cons, advantages and disadvantages, analyse*, analyze*, analysis, "
        "evaluate*, assess*, strategy, roadmap, swot, trade offs, tradeoffs, feasibility, business case, "
        "go to market, itinerary, versus, vs, forecast*, benchmark*, market research, research, investigate, "
        "weigh up, make a plan, project plan, action plan, training plan, study plan, risk assessment, "
        "is it worth, worth it, better to, prioritise, prioritize, root cause, due diligence, plan a, plan my, "
        "plan the, plan for, pros, scenario, scenarios, which is better, lease or buy, should we, should i, "
        "or not, what are the risks, which one should, what should we do about, plan me, game plan, weigh, "
        "break even, decision, downsides, upsides, business model, market size, go with, cost benefit, "
        "meal plan, workout plan, timeline for, competitor*, strategic*, budget for, model our, "
        "develop a concept, develop a plan, concept for, for and against, arguments for, what speaks for, "
        "hiring plan, work out a plan"
    ),
    "analysis?": (
        "plan, should we, should i, whether, recommend whether, options, risks, recommendation, recommendations, "
        "alternatives, kpis, schedule, timeline, decide, budget, advantages, difference, risk, "
        "costs and benefits, market, competitors, causes, factors, impact, invest, cash flow, day trip, or, "
        "better, client, revenue, sell, margin, growth, discount, invest in, trip, holiday, choose between, "
        "pick, cheaper, worth, beginner, scenario, triggers, arguments, concept, feasible"
    ),
    "calculation": (
        "calculate, compute, percent of, how many days, how many weeks, how many hours between, days between, "
        "days until, square root, compound interest, yearly interest, monthly payment, convert, average of, "
        "sum of, divided by, multiplied by, times table, fahrenheit, celsius, add up, standard deviation, "
        "median of, solve for, what is the tip, split, how much is, each pay, per person, tip, how many hours, "
        "discount of, gross, net of, how much do i pay, what percentage, markup, how many calories, area of, "
        "volume of, what date is"
    ),
    "calculation?": (
        "percent, interest, vat, total, sum, days, miles, km, kilometers, inches, pounds, kilos, kg, litres, "
        "gallons, average, minus, plus, rate, mortgage, loan, how much will, a month, how long, cubic, square, "
        "weeks, ounces, installment*, per year, divide, multiply, feet, meters, between, people, each, per hour, "
        "tax, nights, discount, price, dollars, euros, percentage, salary, hourly, kilometres, minutes, hours, "
        "seconds, celsius, grams, cups, metres, acres, hectares, half, third, double, per kilo"
    ),
    "translation": (
        "translate, translation of, translate this, translated, how do you say, how do i say, how to say, "
        "what s the word for, what is the word for"
    ),
    "extraction": (
        "extract, pull out, list all, list every, find all, as json, into json, to json, in json, "
        "turn this into a table, into a table, make a table, as a table, table of, as csv, to csv, into csv, "
        "bullet list of, action items, parse this, pick out, tabulate, into a list, structured data, "
        "key value pairs, pull the, sort them, just the, only the, give me the names, give me all, grab the, "
        "get the dates, get all the, categorise, categorize, into columns, fill this table, tag each"
    ),
    "extraction?": (
        "json, table, csv, names, dates, amounts, email addresses, phone numbers, from this text, in this text, "
        "from the text, from these, from this, columns, fields, list the, out of this, deadlines, below, "
        "following, phone, emails, entries, rows, list of"
    ),
    "opinion": (
        "what do you think, your opinion, would you, do you think, do you like, recommend, suggest*, advice, "
        "ideas, favourite, favorite, how do you feel, do you agree, views on"
    ),
    "quick": (
        "capital of, who wrote, who invented, who painted, who is, who was, who discovered, what time, when is, "
        "when was, when did, what does, mean, meaning of, how old, how tall, how far, how many, population of, "
        "synonym*, spell, what day, boiling point, what year, where is, how long is, what is a, what s the, "
        "what s, is the, definition of, which country, how high, what colour, what color, quick one, "
        "quick question, which planet, which is the, who won, who sang, real quick, how do you spell, "
        "is it true, tallest, largest, biggest, longest, currency of, how many people live, is there a, "
        "first person, chemical symbol, opposite of"
    ),
    "deep": (
        "explain, why, how does, how do, how can, describe, tell me about, what happens, difference between, "
        "what are the best, tips, how should, help me understand, teach me, recommend, ideas, what do you think, "
        "would it, suggest*, how to, story behind, tell me more, search, find everything, what do i do, "
        "what do we do, what should i, what could it be, can i still, what s going on, is it normal, is it safe, "
        "should i worry, how should i, any advice, how would you, walk me through, in detail, get rid of, "
        "what causes, how long should, how is, how are, what is the best way, best way, how do you, ideas what, "
        "any ideas, what to try, how would, what makes"
    ),
    "hard": (
        "design, architect*, strategy, migrat*, refactor*, optimi*, prove, proof, in depth, detailed, "
        "comprehensive, end to end, go to market, business plan, white paper, thorough*, scalab*, distributed, "
        "deadlock*, backward compatib*, without downtime, downtime, architecture, cash flow, multi tenant, "
        "three services, race condition, under load, root cause, research, evaluate whether, recommend whether, "
        "full, fault toleran*, clause by clause, case studies, financial model, grant application, threat model, "
        "rollback, from scratch, formal verification, concurrency, high availability, complete, linearizable, "
        "prove my, counterexample, proof of, grant, tender, litigation, turnaround, restructur*, valuation, "
        "five year, three year, legacy system, sharding, consensus, kernel, compliance programme, root causes, "
        "dissertation, literature review, thesis, incident postmortem, capacity planning, investor, pitch deck, "
        "business continuity, disaster recovery, acquisition, rate limiter, rollout plan, consistency, "
        "multi region, trade offs, model our, three years, triggers, transformation, concept, rollout, gateway, "
        "zero downtime, phased, change management, feasibility, go to market plan, diagnosis, migration plan, "
        "roadmap, governance, indicators"
    ),
    "stakes": (
        "legal, illegal, lawful, lawyer, lawsuit, sue, sued, court, evict*, landlord, fired, dismiss*, "
        "severance, rights, liab*, custody, divorce, visa, diagnos*, medication*, medicine, dose, dosage, "
        "surgery, symptom*, pregnan*, chest pain, blood pressure, cancer, suicid*, overdose, life savings, "
        "bankrupt*, tax authority, tax audit, inheritance, must i not sign, before signing, indemn*, compliance, "
        "regulat*, merger, acquisition, whistleblow*, immigration, prescription, doctor"
    ),
    "irreversible": (
        "delete, wipe, erase, drop table, transfer money, wire transfer, send to all, send it to everyone, "
        "cancel the contract, publish, in production, sign the, pay the, terminate, shut down, resign"
    ),
    "steps": (
        "first, then, after that, afterwards, finally, step by step, next, and then, and tell me, and explain, "
        "and recommend, and show, and write, in order, as well as, including, with tests, and what"
    ),
    "constraint": (
        "must, at most, at least, no more than, without, exactly, between, max, maximum, minimum, only, "
        "should not, don t, but not, avoid, keep, in the style, unless, limit, tone"
    ),
    "prefer": (
        "call me, my name is, i prefer, i like, i hate, i don t like, always, never, please remember, "
        "remember that, from now on, i am allergic, allerg*, i live in, i work, my birthday, don t use, "
        "keep in mind, my favourite, my favorite, i want you to, important"
    ),
    "decide": (
        "we decided, decided, decision, agreed, we agreed, let s go with, let s use, we will use, we ll use, "
        "i choose, we chose, go with, deadline, due, approved, final, we settled, settled on, confirmed, "
        "we picked, the plan is, appointed, password, pin, code is, signed"
    ),
    "answer_in": "answer in, reply in, respond in, write in, speak, in your reply use, answer me in",
    "hasty": ("quick one, quick question, silly question, dumb question, just wondering, settle a bet, real quick"),
    "grave": (
        "evict*, disinherit, dementia, change her will, change his will, inheritance, custody, sue me, "
        "being sued, lawsuit, fired, laid off, layoffs, lay off, wrongful*, severance, bankrupt*, insolven*, "
        "chest pain, overdose, suicid*, cancer, stroke, tumour, tumor, surgery, biopsy, sell the company, "
        "sell our company, sell my business, close the factory, shut down our, biggest client, biggest customer, "
        "of revenue, merger, acquire, arrest*, charged with, deport*, asylum, restraining order, tax evasion, "
        "audit by, foreclos*, data breach, ransomware, whistleblow*, life savings, pension, retire early, "
        "divorce*, redundan*, mortgage default, miscarriage"
    ),
    "ours": "our, my, in my, in our, both",
}
