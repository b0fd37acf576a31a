"""Word lists of the synthetic country. All firms, people and places of work made of them are fictitious."""

from __future__ import annotations

SURNAMES = tuple("王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎")
# The empty second sign gives one-sign given names their share.
GIVEN_FIRST = tuple("建志国文永德明海晓春丽秀玉小庆子嘉思雨欣俊浩宇振立世家天少金")
GIVEN_SECOND = ("", "", *"华军平强芳敏静伟杰涛磊娜霞燕兵峰云琴玲辉林波宁超倩婷洋鑫凯翔")
BRAND_FIRST = tuple("恒瑞鑫宏盛华泰和昌隆德信诚源丰顺安达通广博远兴康中金万汇佳永嘉天正同联")
BRAND_SECOND = tuple("远达泰丰瑞盛源通和昌隆信诚业润腾辉煌程翔飞捷联创益宇凯帆晟铭博硕景禾")
BRAND_THIRD = ("", "", "", *"中新海龙川江山岳洋林")
LEGAL_FORMS = ("有限公司", "有限责任公司", "股份有限公司", "商行", "经营部")
LEGAL_FORM_WEIGHTS = (0.72, 0.1, 0.03, 0.09, 0.06)
ROADS = (
    "人民路",
    "解放路",
    "中山路",
    "建设路",
    "工业大道",
    "科技园路",
    "滨江路",
    "长江路",
    "新华街",
    "文化路",
    "迎宾大道",
)
PHONE_PREFIXES = ("133", "135", "136", "138", "139", "150", "158", "177", "186", "189")
AUTHORITY_EXPERTISE = ("发票管理", "风险应对", "税源管理", "纳税服务", "出口退税", "稽查协查", "征收管理")
TASK_TITLES = {
    "service": ("增值税申报辅导", "发票额度调整辅导", "优惠政策提醒", "纳税信用修复辅导"),
    "inquiry": ("发票异常情况核实", "进销不匹配约谈", "税负率偏低核实"),
    "inspection": ("风险疑点实地核查", "注销清税核查", "专项检查"),
    "confirmation": ("异常凭证认定", "跨区域业务协查", "非正常户认定"),
}
