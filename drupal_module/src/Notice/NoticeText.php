<?php

declare(strict_types=1);

namespace Drupal\background_agents\Notice;

use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Run\RunData;
use Drupal\background_agents\Timeline\Value;
use Drupal\Component\Render\MarkupInterface;
use Drupal\Core\Config\ConfigFactoryInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\Url;

/**
 * What notices say, and where they lead.
 *
 * @internal
 */
final class NoticeText {

  use StringTranslationTrait;

  /**
   * Characters of what an agent said.
   */
  private const int MOST = 300;

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly RunData $data,
    private readonly ConfigFactoryInterface $configFactory,
  ) {}

  /**
   * Loads at once what the sentences ask for one by one.
   *
   * @param \Drupal\background_agents\Notice\Notice[] $notices
   *   The notices.
   */
  public function prepare(array $notices): void {
    $runs = array_filter(array_map(static fn (Notice $notice): ?int => $notice->run, $notices));
    $this->entityTypeManager->getStorage('background_agents_run')->loadMultiple(array_unique($runs));
  }

  /**
   * One sentence. What comes from agents is escaped.
   *
   * @param \Drupal\background_agents\Notice\Notice $notice
   *   The notice.
   * @param string|null $langcode
   *   The language; NULL: that of the page.
   * @param int $runs
   *   Of how many runs of the agent it speaks.
   * @param int $drafts
   *   Of how many drafts, then.
   */
  public function sentence(Notice $notice, ?string $langcode = NULL, int $runs = 1, int $drafts = 0): MarkupInterface {
    $options = $langcode === NULL ? [] : ['langcode' => $langcode];
    $arguments = ['@agent' => $this->agent($notice)];
    $count = $drafts === 0 ? $notice->amount : $drafts;
    return match ($notice->kind) {
      NoticeKind::Draft => $this->formatPlural($count, 'The agent @agent left a draft for you to review.', 'The agent @agent left @count drafts for you to review.', $arguments, $options),
      NoticeKind::Review => $this->formatPlural($count, 'The agent @agent left a draft that you may review.', 'The agent @agent left @count drafts that you may review.', $arguments, $options),
      NoticeKind::Back => $this->formatPlural($count, 'The agent @agent has answered the draft that you sent back.', 'The agent @agent has answered with @count drafts what you sent back.', $arguments, $options),
      NoticeKind::Failed => $this->formatPlural($runs, 'A run of the agent @agent failed: @reason', '@count runs of the agent @agent failed.', $arguments + ['@reason' => $this->reason($notice)], $options),
      NoticeKind::Question => $this->formatPlural($runs, 'A run of the agent @agent waits for your answer: @question', '@count runs of the agent @agent wait for your answer.', $arguments + ['@question' => $this->question($notice)], $options),
      NoticeKind::Failing => $this->formatPlural($notice->amount, 'The last run of the agent @agent failed.', 'The last @count runs of the agent @agent have all failed. You are told again only after one has succeeded.', $arguments, $options),
      NoticeKind::Budget => $notice->agent === ''
        ? $this->t('The agents of this site have reached their budget of the day. Runs fail until tomorrow (UTC), unless you raise it.', [], $options)
        : $this->t('The agent @agent has reached its budget of the day. Its runs fail until tomorrow (UTC), unless you raise it.', $arguments, $options),
    };
  }

  /**
   * Where one looks: the draft, the list of drafts, the run.
   */
  public function url(Notice $notice): Url {
    $isDraft = in_array($notice->kind, [NoticeKind::Draft, NoticeKind::Review, NoticeKind::Back], TRUE);
    return match (TRUE) {
      $isDraft && $notice->draft !== NULL => Url::fromRoute('entity.background_agents_change.canonical', ['background_agents_change' => $notice->draft]),
      $isDraft => Url::fromUri('internal:/admin/content/agents'),
      $notice->run !== NULL => Url::fromRoute('entity.background_agents_run.canonical', ['background_agents_run' => $notice->run]),
      default => Url::fromRoute('entity.background_agents_run.collection'),
    };
  }

  /**
   * Where one looks for many of a kind: the list of drafts, or of runs.
   */
  public function overview(Notice $notice): Url {
    return $this->url(new Notice($notice->uid, $notice->kind, '', $notice->agent, NULL));
  }

  /**
   * An address as people reach it, for mails.
   */
  public function absolute(Url $url): string {
    $base = rtrim((string) $this->configFactory->get('background_agents.settings')->get('notice.base_url'), '/');
    return $url->setOptions(['absolute' => TRUE] + ($base === '' ? [] : ['base_url' => $base]))->toString(TRUE)->getGeneratedUrl();
  }

  /**
   * Text of people and agents as one line, without what only confuses.
   */
  public static function line(mixed $text): string {
    $text = Value::text(is_scalar($text) ? (string) $text : '')['text'];
    return mb_substr(trim((string) preg_replace('/\s+/u', ' ', $text)), 0, self::MOST);
  }

  private function agent(Notice $notice): string {
    $agent = $notice->agent === '' ? NULL : $this->entityTypeManager->getStorage('background_agents_agent')->load($notice->agent);
    return self::line($agent instanceof Agent ? $agent->label() : $notice->agent);
  }

  private function reason(Notice $notice): string {
    $run = $this->run($notice);
    return self::line($run?->getMessage() ?? $run?->getReason() ?? '');
  }

  private function question(Notice $notice): string {
    $asked = $notice->run === NULL ? NULL : $this->data->read($notice->run)['waiting']?->data ?? NULL;
    return self::line($asked?->question?->question ?? '');
  }

  private function run(Notice $notice): ?Run {
    $run = $notice->run === NULL ? NULL : $this->entityTypeManager->getStorage('background_agents_run')->load($notice->run);
    return $run instanceof Run ? $run : NULL;
  }

}
