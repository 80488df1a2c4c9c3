<?php

declare(strict_types=1);

namespace Drupal\background_agents\Notice;

use Drupal\Component\Render\MarkupInterface;
use Drupal\Core\Config\ConfigFactoryInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\Url;

/**
 * The text of a mail with notices.
 *
 * Few of one kind have a line each, with a link; of many it says how many.
 *
 * @internal
 */
final class PersonMailText {

  use StringTranslationTrait;

  /**
   * Notices of one kind and agent that have a line each.
   */
  private const int EACH = 3;

  public function __construct(
    private readonly NoticeText $text,
    private readonly ConfigFactoryInterface $configFactory,
  ) {}

  /**
   * Fills in a mail.
   *
   * @param array<string, mixed> $message
   *   The mail, as hook_mail() has it.
   * @param array<string, mixed> $params
   *   From PersonMails: notices, uid, mode.
   */
  public function fill(array &$message, array $params): void {
    ['notices' => $notices, 'uid' => $uid, 'mode' => $mode] = $params;
    $langcode = $message['langcode'];
    $options = ['langcode' => $langcode];
    $this->text->prepare($notices);
    $groups = [];
    foreach ($notices as $notice) {
      $groups["{$notice->kind->value} {$notice->agent}"][] = $notice;
    }
    foreach ($groups as $group) {
      array_push($message['body'], ...$this->lines($group, $langcode));
    }
    $site = NoticeText::line($this->configFactory->get('system.site')->get('name'));
    // Markup: core makes plain text of the subject.
    $message['subject'] = (string) match (TRUE) {
      $mode === NoticeMode::Digest => $this->t('@site: what agents did', ['@site' => $site], $options),
      count($groups) === 1 => $this->t('@site: @sentence', [
        '@site' => $site,
        '@sentence' => $this->summary(reset($groups), $langcode),
      ], $options),
      default => $this->formatPlural(count($notices), '@site: a notice of agents', '@site: @count notices of agents', ['@site' => $site], $options),
    };
    $message['body'][] = $this->t('Choose what you get by mail: @url', ['@url' => $this->text->absolute(Url::fromRoute('background_agents.notices', ['user' => $uid]))], $options);
  }

  /**
   * The paragraphs about notices of one kind and agent.
   *
   * @param \Drupal\background_agents\Notice\Notice[] $group
   *   The notices.
   * @param string $langcode
   *   The language.
   *
   * @return \Drupal\Component\Render\MarkupInterface[]
   *   Markup: what comes from agents is escaped, and shown as it is.
   */
  private function lines(array $group, string $langcode): array {
    $lines = [];
    foreach (count($group) <= self::EACH ? $group : [] as $notice) {
      $lines[] = $this->t('@sentence @url', [
        '@sentence' => $this->text->sentence($notice, $langcode),
        '@url' => $this->text->absolute($this->text->url($notice)),
      ], ['langcode' => $langcode]);
    }
    return $lines !== [] ? $lines : [
      $this->t('@sentence @url', [
        '@sentence' => $this->summary($group, $langcode),
        '@url' => $this->text->absolute($this->text->overview($group[0])),
      ], ['langcode' => $langcode]),
    ];
  }

  /**
   * One sentence about all of a group.
   *
   * @param \Drupal\background_agents\Notice\Notice[] $group
   *   Notices of one kind and agent.
   * @param string $langcode
   *   The language.
   */
  private function summary(array $group, string $langcode): MarkupInterface {
    $drafts = array_sum(array_map(static fn (Notice $notice): int => $notice->amount, $group));
    return $this->text->sentence($group[0], $langcode, count($group), $group[0]->kind === NoticeKind::Failing ? 0 : $drafts);
  }

}
