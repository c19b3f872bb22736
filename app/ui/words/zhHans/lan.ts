import type { Words } from '../en.ts';
import type { Formats } from '../formats.ts';

export const lan = (format: Formats): Pick<Words, 'lan'> => ({
  lan: {
    open: '在手机上打开',
    qr: (address) => `${address} 的二维码`,
    scan: '用手机相机扫描。手机和这台电脑须在同一网络中。',
    otherAddresses: '这台电脑的其他地址',
    paired: (count) => `已配对 ${format.number(count)} 部手机。`,
    next: '此二维码供下一部手机使用。',
    noLink: '暂时没有二维码。',
    neededTitle: '这部手机尚未配对',
    neededText: '在运行 Livelens 的电脑上选择“在手机上打开”，然后用这部手机扫描二维码。',
    failedTitle: '此二维码已失效',
    failedText: '每个二维码只供一部手机使用，一小时内有效。请扫描电脑上的新二维码。',
    warning: {
      title: '首次打开时浏览器会发出警告',
      text: '证书由这台电脑签发，手机还不认识它。连接仍然是加密的。请这样继续：',
      trust: '不想看到警告：安装证书颁发机构',
      systems: {
        ios: {
          name: 'iPhone 和 iPad（Safari）',
          steps: [
            { tap: '显示详细信息', text: '轻点“显示详细信息”。' },
            { tap: '访问此网站', text: '向下滚动，轻点“访问此网站”。' },
            { tap: '访问网站', text: '轻点“访问网站”确认，然后允许使用相机。' },
          ],
        },
        android: {
          name: 'Android（Chrome）',
          steps: [
            { tap: '高级', text: '点按“高级”。' },
            { tap: '继续前往 …（不安全）', text: '向下滚动，点按“继续前往 …（不安全）”。' },
            { tap: '允许', text: '网页询问时，允许使用相机。' },
          ],
        },
      },
    },
    phone: {
      title: '再走一步就能使用相机',
      text: '浏览器只允许安全的网页使用相机。下一个网页是安全的，但浏览器会发出警告。',
      goOn: '前往安全的网页',
      otherSystem: '我用的是另一种手机',
    },
    trust: {
      title: '信任这台电脑，不再看到警告',
      text: '在常用的设备上安装此 Livelens 的证书颁发机构。其他设备不需要：可以跳过警告。',
      crt: '下载证书',
      profile: 'iPhone 和 iPad 描述文件',
      none: '此服务器使用自己的证书，无需安装。',
      fingerprintTitle: '指纹（SHA-256）',
      fingerprintText:
        '请与运行 Livelens 的电脑上本页（以 localhost 打开）显示的指纹比对。如果不同，请不要安装。',
      systems: {
        ios: {
          name: 'iPhone 和 iPad',
          steps: [
            '在 Safari 中下载描述文件并允许。',
            '打开“设置”，轻点“已下载描述文件”，然后安装。',
            '打开“设置”>“通用”>“关于本机”>“证书信任设置”，打开 Livelens。',
          ],
        },
        android: {
          name: '安卓手机',
          steps: [
            '下载证书。',
            '打开“设置”，搜索“CA 证书”。它在“安全”>“加密与凭据”>“安装证书”中。',
            '选择“仍然安装”，然后选择文件 livelens.crt。',
          ],
        },
        windows: {
          name: 'Windows（Chrome 和 Edge）',
          steps: [
            '打开 livelens.crt，选择“安装证书”>“当前用户”。',
            '选择“将所有的证书都放入下列存储”，再选择“受信任的根证书颁发机构”。',
          ],
        },
        macos: {
          name: 'Mac（Safari 和 Chrome）',
          steps: [
            '打开 livelens.crt，它会进入“钥匙串访问”。',
            '在那里双击 Livelens，展开“信任”，选择“始终信任”。',
          ],
        },
        firefox: {
          name: 'Firefox，以及 Linux 上的 Chrome',
          steps: [
            'Firefox：“设置”>“隐私与安全”>“查看证书”>“证书颁发机构”>“导入”，勾选“标识网站”。',
            'Linux 上的 Chrome：chrome://certificate-manager >“本地证书”>“自定义”>“受信任的证书”>“导入”。',
          ],
        },
      },
      limitsTitle: '它能做什么',
      limits:
        '它的密钥只留在运行 Livelens 的电脑上。它仅限于专用网络的地址、以 .local 结尾的名称和那台电脑：没有人能用它冒充互联网上的网站。不再需要时，请在相同的设置中将其移除。',
    },
  },
});
