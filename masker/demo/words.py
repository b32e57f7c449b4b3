"""Words the demo's customers, shelves and letters are made of.

They differ from the lists masks draw from where that matters least: a name may come up on both sides, as in life.
"""

from __future__ import annotations

#: Family names: kanji, katakana, romaji; common ones first.
FAMILY_NAMES: tuple[tuple[str, str, str], ...] = (
    ("佐藤", "サトウ", "sato"),
    ("鈴木", "スズキ", "suzuki"),
    ("高橋", "タカハシ", "takahashi"),
    ("田中", "タナカ", "tanaka"),
    ("伊藤", "イトウ", "ito"),
    ("渡辺", "ワタナベ", "watanabe"),
    ("山本", "ヤマモト", "yamamoto"),
    ("中村", "ナカムラ", "nakamura"),
    ("小林", "コバヤシ", "kobayashi"),
    ("加藤", "カトウ", "kato"),
    ("吉田", "ヨシダ", "yoshida"),
    ("山田", "ヤマダ", "yamada"),
    ("佐々木", "ササキ", "sasaki"),
    ("山口", "ヤマグチ", "yamaguchi"),
    ("松本", "マツモト", "matsumoto"),
    ("井上", "イノウエ", "inoue"),
    ("木村", "キムラ", "kimura"),
    ("林", "ハヤシ", "hayashi"),
    ("斎藤", "サイトウ", "saito"),
    ("清水", "シミズ", "shimizu"),
    ("山崎", "ヤマザキ", "yamazaki"),
    ("森", "モリ", "mori"),
    ("池田", "イケダ", "ikeda"),
    ("橋本", "ハシモト", "hashimoto"),
    ("阿部", "アベ", "abe"),
    ("石川", "イシカワ", "ishikawa"),
    ("前田", "マエダ", "maeda"),
    ("藤田", "フジタ", "fujita"),
    ("小川", "オガワ", "ogawa"),
    ("岡田", "オカダ", "okada"),
    ("後藤", "ゴトウ", "goto"),
    ("長谷川", "ハセガワ", "hasegawa"),
    ("村上", "ムラカミ", "murakami"),
    ("近藤", "コンドウ", "kondo"),
    ("石井", "イシイ", "ishii"),
    ("髙田", "タカダ", "takada"),
    ("坂本", "サカモト", "sakamoto"),
    ("遠藤", "エンドウ", "endo"),
    ("青木", "アオキ", "aoki"),
    ("藤井", "フジイ", "fujii"),
    ("西村", "ニシムラ", "nishimura"),
    ("福田", "フクダ", "fukuda"),
    ("太田", "オオタ", "ota"),
    ("三浦", "ミウラ", "miura"),
    ("岡本", "オカモト", "okamoto"),
    ("松田", "マツダ", "matsuda"),
    ("中島", "ナカジマ", "nakajima"),
    ("中川", "ナカガワ", "nakagawa"),
    ("原田", "ハラダ", "harada"),
    ("小野", "オノ", "ono"),
    ("田村", "タムラ", "tamura"),
    ("竹内", "タケウチ", "takeuchi"),
    ("金子", "カネコ", "kaneko"),
    ("和田", "ワダ", "wada"),
    ("中山", "ナカヤマ", "nakayama"),
    ("石田", "イシダ", "ishida"),
    ("上田", "ウエダ", "ueda"),
    ("森田", "モリタ", "morita"),
    ("柴田", "シバタ", "shibata"),
    ("酒井", "サカイ", "sakai"),
)

#: Given names: kanji, katakana, romaji.
GIVEN_NAMES: tuple[tuple[str, str, str], ...] = (
    ("花子", "ハナコ", "hanako"), ("太郎", "タロウ", "taro"), ("陽菜", "ヒナ", "hina"), ("蓮", "レン", "ren"),
    ("結衣", "ユイ", "yui"), ("大翔", "ヒロト", "hiroto"), ("葵", "アオイ", "aoi"), ("悠真", "ユウマ", "yuma"),
    ("咲良", "サクラ", "sakura"), ("湊", "ミナト", "minato"), ("美咲", "ミサキ", "misaki"),
    ("翔太", "ショウタ", "shota"), ("真央", "マオ", "mao"), ("拓海", "タクミ", "takumi"), ("愛", "アイ", "ai"),
    ("健一", "ケンイチ", "kenichi"), ("裕子", "ユウコ", "yuko"), ("誠", "マコト", "makoto"), ("恵", "メグミ", "megumi"),
    ("浩二", "コウジ", "koji"), ("由美子", "ユミコ", "yumiko"), ("和也", "カズヤ", "kazuya"),
    ("明美", "アケミ", "akemi"), ("直樹", "ナオキ", "naoki"), ("智子", "トモコ", "tomoko"),
    ("大輔", "ダイスケ", "daisuke"), ("彩", "アヤ", "aya"), ("亮", "リョウ", "ryo"), ("奈々", "ナナ", "nana"),
    ("剛", "ツヨシ", "tsuyoshi"), ("久美", "クミ", "kumi"), ("隆", "タカシ", "takashi"), ("千尋", "チヒロ", "chihiro"),
    ("修", "オサム", "osamu"), ("麻衣", "マイ", "mai"), ("洋平", "ヨウヘイ", "yohei"), ("幸子", "サチコ", "sachiko"),
    ("正樹", "マサキ", "masaki"), ("遥", "ハルカ", "haruka"), ("駿", "シュン", "shun"), ("理恵", "リエ", "rie"),
    ("哲也", "テツヤ", "tetsuya"), ("涼子", "リョウコ", "ryoko"), ("航", "ワタル", "wataru"),
    ("優花", "ユウカ", "yuka"), ("清", "キヨシ", "kiyoshi"), ("美穂", "ミホ", "miho"), ("学", "マナブ", "manabu"),
    ("沙織", "サオリ", "saori"), ("一郎", "イチロウ", "ichiro"),
)  # fmt: skip

#: Customers from abroad: family and given name, and both as they write them in katakana.
FOREIGN_NAMES: tuple[tuple[str, str, str, str], ...] = (
    ("Smith", "Emma", "スミス", "エマ"),
    ("Johnson", "Liam", "ジョンソン", "リアム"),
    ("Brown", "Olivia", "ブラウン", "オリビア"),
    ("Taylor", "Noah", "テイラー", "ノア"),
    ("Wilson", "Grace", "ウィルソン", "グレース"),
    ("Martin", "Lucas", "マーティン", "ルーカス"),
    ("O'Brien", "Aoife", "オブライエン", "イーファ"),
    ("Nguyen", "Minh", "グエン", "ミン"),
    ("Garcia", "Sofia", "ガルシア", "ソフィア"),
    ("Müller", "Jonas", "ミュラー", "ヨナス"),
    ("Kim", "Minji", "キム", "ミンジ"),
    ("Williams", "Jack", "ウィリアムズ", "ジャック"),
)

#: Postal code, prefecture, city, town.
PLACES: tuple[tuple[str, str, str, str], ...] = (
    ("060-0042", "北海道", "札幌市中央区", "大通西"),
    ("980-0811", "宮城県", "仙台市青葉区", "一番町"),
    ("330-0854", "埼玉県", "さいたま市大宮区", "桜木町"),
    ("260-0013", "千葉県", "千葉市中央区", "中央"),
    ("101-0051", "東京都", "千代田区", "神田神保町"),
    ("107-0062", "東京都", "港区", "南青山"),
    ("150-0041", "東京都", "渋谷区", "神南"),
    ("160-0022", "東京都", "新宿区", "新宿"),
    ("166-0003", "東京都", "杉並区", "高円寺南"),
    ("154-0023", "東京都", "世田谷区", "若林"),
    ("180-0004", "東京都", "武蔵野市", "吉祥寺本町"),
    ("231-0023", "神奈川県", "横浜市中区", "山下町"),
    ("210-0007", "神奈川県", "川崎市川崎区", "駅前本町"),
    ("248-0006", "神奈川県", "鎌倉市", "小町"),
    ("920-0981", "石川県", "金沢市", "片町"),
    ("380-0824", "長野県", "長野市", "南石堂町"),
    ("420-0852", "静岡県", "静岡市葵区", "紺屋町"),
    ("460-0008", "愛知県", "名古屋市中区", "栄"),
    ("604-8005", "京都府", "京都市中京区", "恵比須町"),
    ("530-0001", "大阪府", "大阪市北区", "梅田"),
    ("542-0086", "大阪府", "大阪市中央区", "西心斎橋"),
    ("650-0021", "兵庫県", "神戸市中央区", "三宮町"),
    ("630-8215", "奈良県", "奈良市", "東向中町"),
    ("700-0822", "岡山県", "岡山市北区", "表町"),
    ("730-0035", "広島県", "広島市中区", "本通"),
    ("760-0040", "香川県", "高松市", "片原町"),
    ("790-0012", "愛媛県", "松山市", "湊町"),
    ("810-0001", "福岡県", "福岡市中央区", "天神"),
    ("860-0807", "熊本県", "熊本市中央区", "下通"),
    ("900-0014", "沖縄県", "那覇市", "松尾"),
)

BUILDINGS: tuple[str, ...] = (
    "メゾン青葉",
    "コーポ若草",
    "グランハイツ",
    "サンライズ壱番館",
    "パークサイド",
    "ヴィラ桜",
    "第二山手荘",
    "リバーサイド東",
)

SUBJECTS: tuple[str, ...] = (
    "月",
    "海",
    "猫",
    "古書店",
    "星座",
    "図書館",
    "庭",
    "手紙",
    "珈琲",
    "鉄道",
    "雪",
    "島",
    "植物",
    "活版印刷",
    "万年筆",
    "山小屋",
)
FORMS: tuple[str, ...] = (
    "の記憶",
    "とわたし",
    "を歩く",
    "の科学",
    "の午後",
    "案内",
    "の作法",
    "物語",
    "のない町",
    "をめぐる十二章",
)
PUBLISHERS: tuple[str, ...] = ("青灯社", "みなと書房", "白樺文庫", "つばめ出版", "北斗館")

MESSAGES: tuple[str, ...] = (
    "いつもお世話になっております。{name}です。先日注文した本がまだ届きません。配送状況を教えてください。",
    "{name}と申します。届いた本の表紙に折れがありました。交換をお願いできますでしょうか。連絡先は {phone} です。",
    "お世話になります。届け先を変更したいのですが、まだ間に合いますか。新しい住所は{address}です。{name}",
    "領収書の宛名を「{name}」で再発行していただけますか。{email} までお送りください。",
    "ギフト包装の熨斗に名前を入れていただきたいです。「{name}」でお願いします。",
    "Hello, this is {name}. Could you send the invoice for my last order to {email}? Thank you.",
    "予約していた新刊の発売日が変わったと聞きました。確認のうえ、{phone} までお電話ください。{name}",
    "退会を希望します。登録しているメールアドレスは {email} です。",
)

BROWSERS: tuple[str, ...] = (
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6"
        " Mobile/15E148 Safari/604.1"
    ),
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6"
        " Safari/605.1.15"
    ),
    "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
)
