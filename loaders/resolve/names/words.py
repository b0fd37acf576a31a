"""Words that names and addresses are made of: regions, legal forms, trades, branches. Read by its sisters.

What no list knows stays in a name as its brand: a list that lacks a word makes comparison coarser, never wrong.
"""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# Short names of provinces and of the cities under them, GB/T 2260, and what may follow each.
PROVINCES = _words(
    "北京 天津 河北 山西 内蒙古 辽宁 吉林 黑龙江 上海 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 广西 海南 "
    "重庆 四川 贵州 云南 西藏 陕西 甘肃 青海 宁夏 新疆 台湾 香港 澳门"
)
PROVINCE_TAILS = ("省", "市", "自治区", "壮族自治区", "回族自治区", "维吾尔自治区", "特别行政区")
CITIES = _words(
    "石家庄 唐山 秦皇岛 邯郸 邢台 保定 张家口 承德 沧州 廊坊 衡水 太原 大同 阳泉 长治 晋城 朔州 晋中 运城 忻州 "
    "临汾 吕梁 呼和浩特 包头 乌海 赤峰 通辽 鄂尔多斯 呼伦贝尔 巴彦淖尔 乌兰察布 兴安 锡林郭勒 阿拉善 沈阳 大连 "
    "鞍山 抚顺 本溪 丹东 锦州 营口 阜新 辽阳 盘锦 铁岭 朝阳 葫芦岛 长春 四平 辽源 通化 白山 松原 白城 延边 哈尔滨 "
    "齐齐哈尔 鸡西 鹤岗 双鸭山 大庆 伊春 佳木斯 七台河 牡丹江 黑河 绥化 大兴安岭 南京 无锡 徐州 常州 苏州 南通 "
    "连云港 淮安 盐城 扬州 镇江 泰州 宿迁 杭州 宁波 温州 嘉兴 湖州 绍兴 金华 衢州 舟山 台州 丽水 合肥 芜湖 蚌埠 "
    "淮南 马鞍山 淮北 铜陵 安庆 黄山 滁州 阜阳 宿州 六安 亳州 池州 宣城 福州 厦门 莆田 三明 泉州 漳州 南平 龙岩 "
    "宁德 南昌 景德镇 萍乡 九江 新余 鹰潭 赣州 吉安 宜春 抚州 上饶 济南 青岛 淄博 枣庄 东营 烟台 潍坊 济宁 泰安 "
    "威海 日照 临沂 德州 聊城 滨州 菏泽 郑州 开封 洛阳 平顶山 安阳 鹤壁 新乡 焦作 濮阳 许昌 漯河 三门峡 南阳 商丘 "
    "信阳 周口 驻马店 济源 武汉 黄石 十堰 宜昌 襄阳 鄂州 荆门 孝感 荆州 黄冈 咸宁 随州 恩施 仙桃 潜江 天门 神农架 "
    "长沙 株洲 湘潭 衡阳 邵阳 岳阳 常德 张家界 益阳 郴州 永州 怀化 娄底 湘西 广州 韶关 深圳 珠海 汕头 佛山 江门 "
    "湛江 茂名 肇庆 惠州 梅州 汕尾 河源 阳江 清远 东莞 中山 潮州 揭阳 云浮 南宁 柳州 桂林 梧州 北海 防城港 钦州 "
    "贵港 玉林 百色 贺州 河池 来宾 崇左 海口 三亚 三沙 儋州 成都 自贡 攀枝花 泸州 德阳 绵阳 广元 遂宁 内江 乐山 "
    "南充 眉山 宜宾 广安 达州 雅安 巴中 资阳 阿坝 甘孜 凉山 贵阳 六盘水 遵义 安顺 毕节 铜仁 黔西南 黔东南 黔南 "
    "昆明 曲靖 玉溪 保山 昭通 丽江 普洱 临沧 楚雄 红河 文山 西双版纳 大理 德宏 怒江 迪庆 拉萨 日喀则 昌都 林芝 "
    "山南 那曲 阿里 西安 铜川 宝鸡 咸阳 渭南 延安 汉中 榆林 安康 商洛 兰州 嘉峪关 金昌 白银 天水 武威 张掖 平凉 "
    "酒泉 庆阳 定西 陇南 临夏 甘南 西宁 海东 海北 黄南 海南 果洛 玉树 海西 银川 石嘴山 吴忠 固原 中卫 乌鲁木齐 "
    "克拉玛依 吐鲁番 哈密 昌吉 博尔塔拉 巴音郭楞 阿克苏 克孜勒苏 喀什 和田 伊犁 塔城 阿勒泰 石河子"
)
CITY_TAILS = ("市", "地区", "自治州")
# Written legal form → its kind. Companies are of one kind: 有限公司 is short for 有限责任公司, and forms are converted.
# A shop and a store are two businesses of one owner; 个体工商户 says only that it is a business.
_CHINESE_FORMS = {
    "公司": "股份有限公司 有限责任公司 有限公司 股份公司 有限责任 公司",
    "合伙": "合伙企业 有限合伙 普通合伙",
    "独资": "个人独资企业 个人独资",
    "合作社": "专业合作社 合作社 联社",
}
_BUSINESSES = _words(
    "商行 经营部 商店 商铺 店 门市 工作室 服务部 超市 便利店 餐厅 饭店 饭馆 小吃店 理发店 摊 厂 事务所"
)
_PLAIN_BUSINESSES = _words("个体工商户 个体户")
_LATIN_FORMS = {
    "公司": "company limited|co limited|co ltd|pty ltd|pte ltd|sdn bhd|ltd co|limited|ltd|llc|gmbh|ges m b h|ug|sarl|"
    "s a r l|sas|srl|s r l|bv|b v|aps|sp z o o|sro|s r o|ooo|kft|lda|ltda|inc|incorporated|corp|corporation|company|co|"
    "ag|plc|sa|s a|spa|s p a|nv|n v|oy|oyj|asa|as|ab|se|jsc|kk|kgaa",
    "合伙": "gmbh co kg|kg|ohg|llp|lp|snc",
}
# A Latin form stands apart: `sa` ends many a word.
FORM_KINDS = {
    **{word: kind for kind, words in _CHINESE_FORMS.items() for word in words.split()},
    **{word: word for word in _BUSINESSES},
    **dict.fromkeys(_PLAIN_BUSINESSES),
    **{f" {word}": kind for kind, words in _LATIN_FORMS.items() for word in words.split("|")},
}
# Firms put several of these behind their brand.
TRADES = _words(
    "农业 林业 牧业 渔业 种植 养殖 畜牧 蔬菜 粮油 粮食 谷物 生猪 水产 水果 果品 茶叶 花卉 园林 苗木 农副产品 "
    "农产品 农资 农机 煤炭 煤业 铁矿 矿业 石料 石材 砂石 采选 开采 磨制 肉制品 食品 餐饮 酒类 酒业 饮料 调味品 "
    "烟草 棉 纺织 纺织品 服装 服饰 鞋业 皮革 皮具 箱包 制品 木材 木业 家具 家居 家电 造纸 纸业 纸品 包装 印刷 印务 "
    "文具 文化 石油 石化 化工 原料 药品 医药 药业 医疗 器械 塑料 塑胶 橡胶 水泥 建材 玻璃 陶瓷 钢铁 钢材 压延 有色 "
    "金属 材料 五金 机械 零部件 设备 专用 通用 汽车 汽配 配件 电机 电气 电器 照明 灯饰 器具 计算机 电脑 电子 元件 "
    "通讯 通信 光电 半导体 仪器 仪表 电力 能源 新能源 环保 供应 供热 燃气 水务 房屋 建筑 建设 工程 劳务 装饰 装修 "
    "安装 设计 房地产 置业 物业 批发 零售 百货 日用品 贸易 商贸 国际贸易 进出口 商业 实业 工贸 科贸 经贸 道路 运输 "
    "物流 快递 货运 仓储 供应链 酒店 住宿 宾馆 旅游 旅行社 软件 开发 信息 网络 技术 科技 数据 智能 互联网 传媒 "
    "广告 会展 影视 企业 咨询 管理 服务 人力资源 家政 保洁 安防 保安 教育 培训 投资 控股 金融 担保 租赁 典当 拍卖 "
    "保险 再生 物资 资源 回收 制造 加工 生产 销售 经营 健身 美容 美发 化妆品 珠宝 眼镜 母婴 玩具 体育 用品 宠物 "
    "集团 国际"
)
BRANCHES = _words(
    "分公司 支公司 分店 分行 支行 分厂 分部 分院 分校 分社 分所 分中心 办事处 营业部 门市部 代表处 项目部 储蓄所"
)
# In an address: `12号3幢405室` is `12-3-405`; registers write these words or leave them out.
NUMBER_WORDS = _words("号楼 号院 号 栋 幢 座 单元 楼 层 室 房间 房 弄")
# 零 stands in names of trades (零部件, 零售).
NUMERALS = {sign: str(value) for value, sign in enumerate("一二三四五六七八九十", 1)}
