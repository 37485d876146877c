"""What the filling needed goes, and what it filled is asked for from now on."""

import datetime

import django.db.models.functions.comparison
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("towns", "0005_fill_registers")]
    operations = [
        migrations.RemoveField("townfigure", "state"),
        migrations.AlterField(
            "membership", "scope_code", models.CharField(editable=False, max_length=12)
        ),
        migrations.AlterField(
            model_name='honour',
            name='kind',
            field=models.CharField(choices=[('technology_centre', '企业技术中心'), ('engineering_centre', '工程中心'), ('innovation_centre', '制造业创新中心'), ('key_laboratory', '重点实验室'), ('specialised', '专精特新企业'), ('little_giant', '小巨人企业'), ('single_champion', '制造业单项冠军'), ('leading_enterprise', '龙头企业'), ('high_tech', '高新技术企业'), ('consortium', '示范农业产业化联合体'), ('old_brand_china', '中华老字号'), ('old_brand_shanxi', '山西老字号'), ('old_brand_city', '市级老字号'), ('geographical_indication', '地理标志'), ('gi_demonstration', '国家地理标志产品保护示范区'), ('shanxi_premium', '山西精品'), ('culture_park', '文化产业示范园区(基地)'), ('quality_system', '质量管理体系认证'), ('green_system', '绿色体系认证'), ('other', '其他荣誉'), ('standard_international', '国际标准'), ('standard_national', '国家标准'), ('standard_industry', '行业标准'), ('standard_local', '地方标准'), ('standard_group', '团体标准'), ('brand_region', '区域品牌'), ('brand_enterprise', '企业品牌'), ('brand_product', '产品品牌')], max_length=40, verbose_name='荣誉'),
        ),
        migrations.AddConstraint(
            model_name='honour',
            constraint=models.UniqueConstraint(django.db.models.functions.comparison.Coalesce('enterprise', 0), django.db.models.functions.comparison.Coalesce('town', 0), models.F('kind'), models.F('level'), models.F('title'), models.F('number'), django.db.models.functions.comparison.Coalesce('awarded_on', models.Value(datetime.date(1, 1, 1))), condition=models.Q(('revoked_on__isnull', True)), name='one_honour', violation_error_message='这项荣誉已经登记。'),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=models.CheckConstraint(condition=models.Q(('since__isnull', True), ('until__isnull', True), ('until__gte', models.F('since')), _connector='OR'), name='membership_ends_after_it_begins', violation_error_message='退出日期不能早于加入日期。'),
        ),
    ]
