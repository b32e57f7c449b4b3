"""Telephone numbers of Japan that nobody has, by where and what they are. Source: the numbering plan and the lists of
numbers in use of the Ministry of Internal Affairs and Communications, as of September 2024.

No exchange begins with 0 or 1: they would be other numbers when they are called from within the area. A shorter area
code with such a digit behind it may be a longer one (078 and 0780 are not, 079 and 0790 are); what follows below is the
beginning of none. 0900 is no mobile prefix. Of 0120 and 0800 these blocks are given to no company.
"""

from __future__ import annotations

from masker.masks.locales.locale import Service

_AREAS = """
北海道 011-0 青森県 017-0 岩手県 019-0 宮城県 022-1 秋田県 018-1 山形県 023-0 福島県 0246-0 茨城県 029-0 栃木県 028-1
群馬県 027-1 埼玉県 048-1 千葉県 043-0 東京都 03-1 神奈川県 045-0 新潟県 025-1 富山県 076-0 石川県 076-0 福井県 0776-0
山梨県 0555-0 長野県 0263-0 岐阜県 058-0 静岡県 054-0 愛知県 052-0 三重県 059-0 滋賀県 0748-0 京都府 075-0 大阪府 06-1
兵庫県 078-0 奈良県 0742-0 和歌山県 073-0 鳥取県 0857-0 島根県 0852-0 岡山県 086-0 広島県 082-1 山口県 083-0
徳島県 088-1 香川県 087-0 愛媛県 089-0 高知県 088-1 福岡県 092-1 佐賀県 0952-0 長崎県 095-1 熊本県 096-0 大分県 097-0
宮崎県 0985-0 鹿児島県 0995-0 沖縄県 098-1
"""

#: By region, the area code of its capital or of another of its cities, and the digit that no exchange begins with.
AREAS = tuple(zip(_AREAS.split()[::2], _AREAS.split()[1::2], strict=True))

#: What is free for who calls.
SERVICES = (
    Service(begins="0120", first=902_000, drawn=3_000, hyphenated='FM"0120-"000"-"000', plain='FM"0120"000000'),
    Service(begins="0800", first=6_100_000, drawn=300_000, hyphenated='FM"0800-"000"-"0000', plain='FM"0800"0000000'),
)
