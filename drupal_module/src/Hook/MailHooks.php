<?php

declare(strict_types=1);

namespace Drupal\background_agents\Hook;

use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Notice\PersonMailText;
use Drupal\background_agents\Timeline\Value;
use Drupal\Core\Config\ConfigFactoryInterface;
use Drupal\Core\Datetime\DateFormatterInterface;
use Drupal\Core\Hook\Attribute\Hook;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * The text of mails: about runs that wait for a person, and with notices.
 *
 * What an agent wanted to do in detail is on the page of the run, which asks
 * for a permission; a mail does not.
 *
 * @internal
 */
final class MailHooks {

  use StringTranslationTrait;

  private const MOST = 1000;

  public function __construct(
    private readonly ConfigFactoryInterface $configFactory,
    private readonly DateFormatterInterface $dateFormatter,
    private readonly PersonMailText $notices,
  ) {}

  /**
   * Implements hook_mail().
   */
  #[Hook('mail')]
  public function mail(string $key, array &$message, array $params): void {
    if ($key === 'notices') {
      $this->notices->fill($message, $params);
    }
    if ($key !== 'run_waits') {
      return;
    }
    $options = ['langcode' => $message['langcode']];
    $agent = $params['waiting'][0]['run']->getAgentLabel();
    $site = (string) $this->configFactory->get('system.site')->get('name');
    $message['subject'] = (string) $this->formatPlural(count($params['waiting']), '@site: a run of "@agent" waits for your answer', '@site: @count runs wait for your answer', [
      '@site' => self::line($site),
      '@agent' => self::line($agent),
    ], $options);
    foreach ($params['waiting'] as ['run' => $run, 'question' => $question]) {
      array_push($message['body'], ...$this->paragraphs($run, $question, $message['langcode']));
    }
  }

  /**
   * What is said of one run. Markup objects: what comes from agents is escaped.
   */
  private function paragraphs(Run $run, \stdClass $question, string $langcode): array {
    $options = ['langcode' => $langcode];
    $paragraphs = [
      $this->t('A run of the background agent "@agent" waits for a person. It asks:', ['@agent' => self::line($run->getAgentLabel())], $options),
      $this->t('@question', ['@question' => self::line($question->question ?? '')], $options),
    ];
    $expires = is_string($question->expires ?? NULL) ? strtotime($question->expires) : FALSE;
    if ($expires !== FALSE) {
      $paragraphs[] = $this->t('If nobody answers until @time, the run expires.', ['@time' => $this->dateFormatter->format($expires, 'long', '', NULL, $langcode)], $options);
    }
    $paragraphs[] = $this->t('See what it did, and answer: @url', ['@url' => $this->url($run)], $options);
    return $paragraphs;
  }

  /**
   * Text of an agent as one line, without what only confuses.
   */
  private static function line(mixed $text): string {
    $text = Value::text(is_scalar($text) ? (string) $text : '')['text'];
    return mb_substr(trim((string) preg_replace('/\s+/u', ' ', $text)), 0, self::MOST);
  }

  /**
   * The address of the page, as people reach it: the sidecar may use another.
   */
  private function url(Run $run): string {
    $base = rtrim((string) $this->configFactory->get('background_agents.settings')->get('notice.base_url'), '/');
    return $run->toUrl('canonical', ['absolute' => TRUE] + ($base === '' ? [] : ['base_url' => $base]))->toString(TRUE)->getGeneratedUrl();
  }

}
