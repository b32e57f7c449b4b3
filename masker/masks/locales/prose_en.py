"""What English filler is made of: words that hurt nobody, the commonest of a kind first, and the patterns of phrases.
Only freezing reads it."""

from __future__ import annotations

NOUNS = """time day way year week thing place work part point number group case month line side home hour name idea word
game room city week area story page table list plan team book school market office letter street river garden window
door train station ticket bus road bridge tree forest field farm flower leaf seed fruit apple orange lemon melon berry
bread rice soup salad cheese butter milk tea coffee sugar spoon fork plate cup bottle glass kitchen oven shelf box bag
basket paper pencil pen note notebook map chart photo picture frame camera film song music piano guitar drum dance stage
theatre museum library shop store price order item product sample model design color shape size corner circle square
edge center surface wall floor roof ceiling stair hall lobby desk chair sofa lamp candle clock watch calendar season
spring summer autumn winter morning evening night weekend holiday trip journey visit guest host friend neighbor member
partner teacher student class lesson course topic question answer example reason result report summary detail record
file folder form field label button screen keyboard printer phone message email channel network server engine motor
wheel bicycle car truck boat ship harbor beach island lake hill valley mountain stone sand cloud rain snow wind storm
sun moon star sky weather planet village town county region country coast path trail gate fence yard park playground
stadium ball goal match player coach captain score prize medal ribbon flag badge card coin budget account balance
payment invoice receipt discount offer deal contract agreement meeting agenda minute decision proposal project task step
stage phase target goal effort progress change update version release feature tool hammer ladder rope wire cable pipe
pump filter valve metal wood glass cotton wool silk leather fabric thread needle shirt jacket coat hat scarf glove sock
shoe boot umbrella blanket pillow curtain carpet mirror towel soap brush bucket broom animal bird cat dog horse sheep
rabbit duck goose owl robin fish whale turtle frog bee butterfly ant nest egg feather grass bush hedge meadow pond
stream waterfall fountain statue tower castle palace temple church square avenue lane tunnel airport runway pilot driver
sailor baker farmer gardener painter writer editor author poet singer actor builder engineer designer manager director
clerk waiter chef carpenter plumber tailor librarian visitor customer supplier client reader listener viewer speaker
audience crowd family parent child sister brother cousin uncle aunt grandmother grandfather birthday party picnic
breakfast lunch dinner dessert menu recipe flavor pepper salt garlic onion carrot potato tomato bean pea corn pumpkin
cabbage lettuce spinach mushroom honey jam cake cookie pie pastry chocolate vanilla cinnamon ginger noodle sandwich
pancake yogurt juice water ice steam smoke light shadow sound noise silence voice echo rhythm melody chorus poem novel
chapter paragraph sentence phrase title cover margin footnote index glossary atlas diary journal magazine newspaper
article column headline poster banner leaflet brochure catalog package parcel envelope stamp address delivery transport
traffic signal junction platform carriage passenger luggage suitcase passport hotel hostel cabin tent campsite fire
compass lantern binoculars telescope microscope laboratory experiment theory formula equation figure graph diagram
average total sum fraction percent degree angle length width height depth weight speed distance direction north south
east west"""

VERBS = """use make:made:making take:took:taking give:gave:giving find:found:finding see:saw:seeing know:knew:knowing
think:thought:thinking look want work call ask need try:tried:trying keep:kept:keeping begin:began:beginning help show
start play move like live believe bring:brought:bringing happen write:wrote:writing sit:sat:sitting stand:stood:standing
meet:met:meeting include continue set:set:setting learn change lead:led:leading understand:understood:understanding
watch follow create speak:spoke:speaking read:read:reading spend:spent:spending grow:grew:growing open walk
win:won:winning offer remember consider appear buy:bought:buying wait serve send:sent:sending expect
build:built:building stay reach remain suggest raise pass sell:sold:selling require report decide pull return explain
hope develop carry:carried:carrying receive agree support describe draw:drew:drawing choose:chose:choosing cook clean
paint plant water measure count collect print fold wrap:wrapped:wrapping pack lift park travel visit arrive enter
leave:left:leaving cross climb jump run:ran:running ride:rode:riding drive:drove:driving sail fly:flew:flying
swim:swam:swimming sing:sang:singing dance laugh smile talk listen answer discuss mention repeat invite join gather
share compare check test review improve repair replace update install design plan:planned:planning prepare arrange
organize manage deliver order pay:paid:paying save store search notice discover explore enjoy
prefer:preferred:preferring admire borrow lend:lent:lending return knit:knitted:knitting bake boil stir:stirred:stirring
taste pour mix add remove cover fill empty:emptied:emptying close lock press turn roll slide:slid:sliding
spin:spun:spinning hang:hung:hanging fix sort label mark sign stamp copy:copied:copying publish translate
study:studied:studying practice train teach:taught:teaching guide thank welcome greet celebrate decorate polish brush
sweep:swept:sweeping light:lit:lighting warm cool dry:dried:drying rest sleep:slept:sleeping wake:woke:waking
wear:wore:wearing sew:sewed:sewing tie hold:held:holding lay:laid:laying place"""

ADJECTIVES = """new good old great long small large early young high low different next last few public same able local
whole clear recent simple easy full special open quick warm cool bright quiet calm soft round square flat deep wide
narrow tall short thick thin light heavy fresh sweet sour salty spicy crisp tender dry clean neat tidy empty busy free
friendly gentle kind polite honest brave clever wise patient careful cheerful happy proud glad lively merry modern
ancient classic formal casual regular common rare usual daily weekly monthly annual final first second third main minor
major central northern southern eastern western distant nearby inner outer upper lower front left right blue green red
yellow white black brown grey golden silver purple pink wooden metal woolen cotton paper plastic sunny cloudy rainy
windy snowy misty frosty mild seasonal coastal rural urban national global digital mobile useful helpful handy smart
sturdy steady stable solid smooth rough sharp plain fancy elegant graceful charming pretty lovely splendid pleasant
curious famous familiar favorite popular typical original natural musical magical creative practical possible probable
certain correct exact precise complete entire equal similar separate single double extra spare available current former
future present temporary permanent flexible portable compact spacious cozy comfortable peaceful playful colorful
delicious grateful hopeful thoughtful generous reliable punctual fluent talented skilled eager keen active quiet sleepy
shiny glossy sparkling floating"""

ADVERBS = """also then now just only still well often soon again always later early today maybe even almost never once
twice quite rather together sometimes usually finally quickly slowly quietly gently softly warmly kindly gladly happily
calmly clearly simply easily nearly mostly mainly partly fully nicely neatly carefully politely patiently regularly
recently suddenly eventually outside inside nearby upstairs abroad forward everywhere somewhere instead therefore
however perhaps indeed already yesterday tomorrow tonight weekly daily"""

PREPOSITIONS = (
    "of in to for on with at by from about into over after under through near behind between along across around beside"
    " before until"
)
CONJUNCTIONS = "and but so because when while if as although since"
SUBJECTS = "we they you she he people"

#: Phrases of the middle of a text, one or two to a row, and of its beginning.
MIDDLE = """{prep} the {n}|{prep} the {adj} {n}|{prep} a {adj} {n}|{conj} {who} {past}|{conj} the {n}|{past} {prep} {ns}
{past} the {n}|the {n} and {n}|the {adj} {ns}|{who} {past} {ns}|{who} {past} a {n}|to {v} the {n}|to {v} {ns}
that {who} {v}|which {past} {n}|{ing} the {n}|{prep} {ing} {ns}|and {adv} {past}|{adv} {past} it|is {adv} {adj}
was {adj} and {adj}|{n}. The {n}|{ns}. We {past}|{n}. It {past}|{ns}, {adv} {adj}|{adj} {n} {prep}|{n} {prep} {n}
or {ing} {ns}|not {adv} {adj}|a {n} {prep} the|have {adj} {ns}|{ns} {prep} {ns}|{ns} {who} {v}|more {adj} {ns}
{ns} are {adj}|the {n}-{n}|{prep} {n}-{n}|{adj} {n}-{ns}|{past} {n}-{ns}|a {n}-{n}"""

OPENING = """The {n} {past}|The {adj} {n}|The {adj} {ns}|We {past} {ns}|We {past} the {n}|They {v} {ns}|They {past} it
It was {adj}|It is a {n}|{Adv} the {n}|{Adv} {who} {past}|Some {ns} {past}|Every {n} {past}|{Ns} and {ns}|{Ing} a {n}
{Ing} the {n}|My {n} {past}|Our {adj} {n}|This {n} is|That {n} {past}|There is a {n}|Please {v} it|A {adj} {n}
If {who} {v} {ns}|When the {n}|{Prep} the {n}|{Prep} {adj} {ns}|You {v} the {n}|All {ns} {v}|No {n} {past}
{Adj} {ns} {v}"""
